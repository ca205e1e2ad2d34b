-- AlterTable
ALTER TABLE "rooms" ADD COLUMN     "description" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "slow_mode_seconds" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "topic" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "room_members" ADD COLUMN     "role" TEXT NOT NULL DEFAULT 'member';

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
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "until" TIMESTAMP(3),

    CONSTRAINT "room_bans_pkey" PRIMARY KEY ("room_id","username")
);

-- CreateTable
CREATE TABLE "room_invites" (
    "id" SERIAL NOT NULL,
    "room_id" INTEGER NOT NULL,
    "code_hash" TEXT NOT NULL,
    "created_by" TEXT,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMP(3),
    "max_uses" INTEGER,
    "uses" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "room_invites_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "room_invites_code_hash_key" ON "room_invites"("code_hash");

-- CreateIndex
CREATE INDEX "room_invites_room_id_id_idx" ON "room_invites"("room_id", "id");

-- AddForeignKey
ALTER TABLE "room_bans" ADD CONSTRAINT "room_bans_room_id_fkey" FOREIGN KEY ("room_id") REFERENCES "rooms"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "room_invites" ADD CONSTRAINT "room_invites_room_id_fkey" FOREIGN KEY ("room_id") REFERENCES "rooms"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Rooms that become public, or get another name, take their turn as new ones do.
CREATE TRIGGER "rooms_name_in_order_update" BEFORE UPDATE OF "name_skeleton" ON "rooms"
FOR EACH ROW WHEN (NEW."name_skeleton" IS DISTINCT FROM OLD."name_skeleton" AND NEW."name_skeleton" IS NOT NULL)
EXECUTE FUNCTION "queue_for_name_skeleton"();

CREATE TRIGGER "rooms_public_in_order_update" BEFORE UPDATE OF "is_private" ON "rooms"
FOR EACH ROW WHEN (OLD."is_private" AND NOT NEW."is_private") EXECUTE FUNCTION "queue_for_public_rooms"();
