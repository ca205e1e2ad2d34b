-- AlterTable
ALTER TABLE "users" ADD COLUMN     "disabled_at" TIMESTAMP(3);

-- CreateTable
CREATE TABLE "legacy_rows" (
    "kind" INTEGER NOT NULL,
    "legacy_id" BIGINT NOT NULL,
    "fingerprint" BIGINT NOT NULL,
    "target" INTEGER,

    CONSTRAINT "legacy_rows_pkey" PRIMARY KEY ("kind","legacy_id","fingerprint")
);

-- CreateTable
CREATE TABLE "imported_room_messages" (
    "id" SERIAL NOT NULL,
    "room_id" INTEGER NOT NULL,
    "username" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "imported_room_messages_pkey" PRIMARY KEY ("id")
);
