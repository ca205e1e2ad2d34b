-- Written by hand: added columns instead of a new table, which would copy every message.
ALTER TABLE "kept_messages" ADD COLUMN "edited_ms" BIGINT;
ALTER TABLE "kept_messages" ADD COLUMN "reactions" TEXT;
ALTER TABLE "kept_messages" ADD COLUMN "event" TEXT;

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

    PRIMARY KEY ("room_id", "ms", "seq")
);

-- CreateIndex
CREATE UNIQUE INDEX "kept_changes_room_id_message_ms_message_seq_kind_key" ON "kept_changes"("room_id", "message_ms", "message_seq", "kind");

CREATE INDEX "kept_changes_client_id_idx" ON "kept_changes"("username", "client_id") WHERE "client_id" IS NOT NULL;
