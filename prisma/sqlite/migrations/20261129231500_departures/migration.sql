-- CreateTable
CREATE TABLE "departures" (
    "username" TEXT NOT NULL PRIMARY KEY,
    "name_skeleton" TEXT,
    "alias" TEXT NOT NULL,
    "left_ms" BIGINT NOT NULL,
    "due_ms" BIGINT NOT NULL,
    "passes" INTEGER NOT NULL DEFAULT 0
);

-- CreateTable
CREATE TABLE "exports" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "username" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "requested_ms" BIGINT NOT NULL,
    "due_ms" BIGINT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "progress" INTEGER NOT NULL DEFAULT 0,
    "size" BIGINT NOT NULL DEFAULT 0
);

-- CreateIndex
CREATE UNIQUE INDEX "departures_alias_key" ON "departures"("alias");

-- CreateIndex
CREATE INDEX "departures_name_skeleton_idx" ON "departures"("name_skeleton");

-- CreateIndex
CREATE INDEX "departures_due_ms_idx" ON "departures"("due_ms");

-- CreateIndex
CREATE UNIQUE INDEX "exports_username_key" ON "exports"("username");

-- CreateIndex
CREATE INDEX "exports_due_ms_idx" ON "exports"("due_ms");

-- CreateIndex
CREATE INDEX "room_bans_username_idx" ON "room_bans"("username");

-- CreateIndex
CREATE INDEX "room_bans_banned_by_idx" ON "room_bans"("banned_by");

-- CreateIndex
CREATE INDEX "room_pins_pinned_by_idx" ON "room_pins"("pinned_by");

-- CreateIndex
CREATE INDEX "room_invites_created_by_idx" ON "room_invites"("created_by");

-- CreateIndex
CREATE INDEX "inbox_conversations_peer_idx" ON "inbox_conversations"("peer");

-- Written by hand from here on. Whichever server adds an account, also one of an earlier version: nobody gets a name that is reserved.
CREATE TRIGGER "users_reserved" BEFORE INSERT ON "users"
WHEN EXISTS (SELECT 1 FROM "departures" WHERE "username" = NEW."username" OR "alias" = NEW."username")
BEGIN
    SELECT RAISE(ABORT, 'the name is reserved');
END;

-- Archives count to the bytes of all files, and not to those of their owner.
CREATE TRIGGER "exports_usage_update" AFTER UPDATE OF "size" ON "exports" WHEN NEW."size" <> OLD."size"
BEGIN
    INSERT INTO "file_usage" ("owner", "bytes") VALUES ('', NEW."size" - OLD."size")
    ON CONFLICT ("owner") DO UPDATE SET "bytes" = "bytes" + excluded."bytes";
END;
CREATE TRIGGER "exports_usage_delete" AFTER DELETE ON "exports" WHEN OLD."size" > 0
BEGIN
    UPDATE "file_usage" SET "bytes" = "bytes" - OLD."size" WHERE "owner" = '';
END;
