-- Written by hand: added columns instead of new tables, which would copy every room.
ALTER TABLE "rooms" ADD COLUMN "history" TEXT NOT NULL DEFAULT 'ephemeral';
ALTER TABLE "rooms" ADD COLUMN "lifespan_seconds" INTEGER;
ALTER TABLE "rooms" ADD COLUMN "expired_ms" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "rooms" ADD COLUMN "expired_seq" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "inbox_eras" ADD COLUMN "kept_ms" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "inbox_eras" ADD COLUMN "kept_seq" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "inbox_eras" ADD COLUMN "kept_from_ms" BIGINT NOT NULL DEFAULT 0;

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

    PRIMARY KEY ("room_id", "ms", "seq")
);
CREATE UNIQUE INDEX "kept_messages_client_id_key" ON "kept_messages"("username", "client_id") WHERE "client_id" IS NOT NULL;

-- CreateTable
CREATE TABLE "kept_clock" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "ms" BIGINT NOT NULL DEFAULT 0,
    "seq" BIGINT NOT NULL DEFAULT 0
);
INSERT INTO "kept_clock" ("id") VALUES (1);

-- In the commit of the message itself, so that no id is given twice.
CREATE TRIGGER "kept_clock_advance" AFTER INSERT ON "kept_messages"
BEGIN
    UPDATE "kept_clock" SET "ms" = NEW."ms", "seq" = NEW."seq" WHERE "id" = 1;
END;
