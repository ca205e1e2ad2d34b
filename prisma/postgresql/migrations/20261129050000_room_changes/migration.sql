-- AlterTable
ALTER TABLE "kept_messages" ADD COLUMN     "edited_ms" BIGINT,
ADD COLUMN     "event" TEXT,
ADD COLUMN     "reactions" TEXT;

-- CreateTable
CREATE TABLE "kept_changes" (
    "room_id" INTEGER NOT NULL,
    "ms" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "message_ms" BIGINT NOT NULL,
    "message_seq" BIGINT NOT NULL,
    "username" TEXT,
    "client_id" TEXT,
    "input_hash" TEXT,
    "created_ms" BIGINT,

    CONSTRAINT "kept_changes_pkey" PRIMARY KEY ("room_id","ms","seq")
);

-- CreateIndex
CREATE UNIQUE INDEX "kept_changes_room_id_message_ms_message_seq_kind_key" ON "kept_changes"("room_id", "message_ms", "message_seq", "kind");

CREATE INDEX "kept_changes_client_id_idx" ON "kept_changes"("username", "client_id") WHERE "client_id" IS NOT NULL;
