-- AlterTable
ALTER TABLE "users" ADD COLUMN "disabled_at" DATETIME;

-- CreateTable
CREATE TABLE "legacy_rows" (
    "kind" INTEGER NOT NULL,
    "legacy_id" BIGINT NOT NULL,
    "fingerprint" BIGINT NOT NULL,
    "target" INTEGER,

    PRIMARY KEY ("kind", "legacy_id", "fingerprint")
) WITHOUT ROWID; -- by hand: half the space, and half the time

-- CreateTable
CREATE TABLE "imported_room_messages" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "room_id" INTEGER NOT NULL,
    "username" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL
);
