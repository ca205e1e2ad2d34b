-- Accounts of programs.
ALTER TABLE "users" ADD COLUMN "is_bot" BOOLEAN NOT NULL DEFAULT false;

-- The few who are bots.
CREATE INDEX "users_bots_idx" ON "users"("id") WHERE "is_bot";
