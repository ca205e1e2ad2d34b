-- Written by hand: added columns instead of new tables, which would copy every membership.
ALTER TABLE "rooms" ADD COLUMN "topic" TEXT NOT NULL DEFAULT '';
ALTER TABLE "rooms" ADD COLUMN "description" TEXT NOT NULL DEFAULT '';
ALTER TABLE "rooms" ADD COLUMN "slow_mode_seconds" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "room_members" ADD COLUMN "role" TEXT NOT NULL DEFAULT 'member';

-- Each room belongs to its creator or, if that one has left or is unknown, to whoever joined first. Two look-ups for each
-- room, however many members it has. Empty rooms stay as they are.
UPDATE "room_members" SET "role" = 'owner' WHERE "id" IN (
    SELECT coalesce(
        (SELECT m."id" FROM "room_members" m WHERE m."room_id" = r."id" AND m."username" = r."created_by"),
        (SELECT min(m."id") FROM "room_members" m WHERE m."room_id" = r."id"))
    FROM "rooms" r);

-- The few who are more than members, so that those of a large room are found at once.
CREATE INDEX "room_members_staff_idx" ON "room_members"("room_id", "role", "id") WHERE "role" <> 'member';

-- CreateTable
CREATE TABLE "room_bans" (
    "room_id" INTEGER NOT NULL,
    "username" TEXT NOT NULL,
    "banned_by" TEXT,
    "created_at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "until" DATETIME,

    PRIMARY KEY ("room_id", "username"),
    CONSTRAINT "room_bans_room_id_fkey" FOREIGN KEY ("room_id") REFERENCES "rooms" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "room_invites" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "room_id" INTEGER NOT NULL,
    "code_hash" TEXT NOT NULL,
    "created_by" TEXT,
    "created_at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" DATETIME,
    "max_uses" INTEGER,
    "uses" INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT "room_invites_room_id_fkey" FOREIGN KEY ("room_id") REFERENCES "rooms" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "room_invites_code_hash_key" ON "room_invites"("code_hash");

-- CreateIndex
CREATE INDEX "room_invites_room_id_id_idx" ON "room_invites"("room_id", "id");
