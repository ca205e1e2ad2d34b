-- What either side had read when the block began.
ALTER TABLE "user_blocks" ADD COLUMN "read_up_to" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "user_blocks" ADD COLUMN "blocked_read_up_to" INTEGER NOT NULL DEFAULT 0;

-- Searches walk along those who can be found, however many cannot. Names from before this column get theirs at the next start.
ALTER TABLE "users" ADD COLUMN "search_name" TEXT;
CREATE INDEX "users_search_name_idx" ON "users"("search_name", "username") WHERE "findable" AND "disabled_at" IS NULL;
CREATE INDEX "users_without_search_name_idx" ON "users"("id") WHERE "search_name" IS NULL;
