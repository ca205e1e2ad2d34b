-- AlterTable
ALTER TABLE "rooms" ADD COLUMN     "expired_ms" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "expired_seq" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "history" TEXT NOT NULL DEFAULT 'ephemeral',
ADD COLUMN     "lifespan_seconds" INTEGER;

-- AlterTable
ALTER TABLE "inbox_eras" ADD COLUMN     "kept_from_ms" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "kept_ms" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "kept_seq" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "kept_messages" (
    "room_id" INTEGER NOT NULL,
    "ms" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "username" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "created_ms" BIGINT NOT NULL,
    "reply_ms" BIGINT,
    "reply_seq" BIGINT,
    "client_id" TEXT,
    "input_hash" TEXT,

    CONSTRAINT "kept_messages_pkey" PRIMARY KEY ("room_id","ms","seq")
);

-- CreateTable
CREATE TABLE "kept_clock" (
    "id" INTEGER NOT NULL,
    "ms" BIGINT NOT NULL DEFAULT 0,
    "seq" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "kept_clock_pkey" PRIMARY KEY ("id")
);
INSERT INTO "kept_clock" ("id") VALUES (1);

CREATE UNIQUE INDEX "kept_messages_client_id_key" ON "kept_messages"("username", "client_id") WHERE "client_id" IS NOT NULL;
