-- Written by hand where the generator would redefine a table, which would copy every message and drop the triggers.
ALTER TABLE "users" ADD COLUMN "who_may_write" TEXT NOT NULL DEFAULT 'everyone';
ALTER TABLE "users" ADD COLUMN "read_receipts" BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE "users" ADD COLUMN "presence" TEXT NOT NULL DEFAULT 'everyone';
ALTER TABLE "users" ADD COLUMN "findable" BOOLEAN NOT NULL DEFAULT true;

ALTER TABLE "inbox_messages" ADD COLUMN "edited_at" DATETIME;
ALTER TABLE "inbox_messages" ADD COLUMN "reply_to" INTEGER;
ALTER TABLE "inbox_messages" ADD COLUMN "reactions" TEXT;
ALTER TABLE "inbox_messages" ADD COLUMN "client_id" TEXT;
ALTER TABLE "inbox_messages" ADD COLUMN "input_hash" TEXT;
ALTER TABLE "inbox_messages" ADD COLUMN "hidden_from_sender" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "inbox_messages" ADD COLUMN "hidden_from_recipient" BOOLEAN NOT NULL DEFAULT false;

-- A send that is repeated finds the first one here. Messages without a client id cost nothing.
CREATE UNIQUE INDEX "inbox_messages_client_id_key" ON "inbox_messages"("sender", "client_id")
WHERE "client_id" IS NOT NULL;

CREATE TABLE "inbox_deleted_keys" (
    "sender" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "input_hash" TEXT NOT NULL,
    "message_id" INTEGER NOT NULL,
    "created_at" DATETIME NOT NULL,

    PRIMARY KEY ("sender", "client_id")
) WITHOUT ROWID;
CREATE INDEX "inbox_deleted_keys_created_at_idx" ON "inbox_deleted_keys"("created_at");

CREATE TABLE "inbox_conversations" (
    "username" TEXT NOT NULL,
    "peer" TEXT NOT NULL,
    "activity_id" INTEGER NOT NULL DEFAULT 0,
    "last_message_id" INTEGER,
    "total" INTEGER NOT NULL DEFAULT 0,
    "unread" INTEGER NOT NULL DEFAULT 0,
    "read_up_to" INTEGER NOT NULL DEFAULT 0,
    "cleared_up_to" INTEGER NOT NULL DEFAULT 0,
    "muted_until" DATETIME,

    PRIMARY KEY ("username", "peer")
) WITHOUT ROWID;

CREATE TABLE "inbox_changes" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "username" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "peer" TEXT,
    "message_id" INTEGER,
    "reader" TEXT,
    "after_message_id" INTEGER NOT NULL,
    "created_at" DATETIME NOT NULL
);
CREATE INDEX "inbox_changes_username_id_idx" ON "inbox_changes"("username", "id");

CREATE TABLE "inbox_eras" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL,
    "message_id" INTEGER NOT NULL,
    "change_id" INTEGER NOT NULL,
    "started_at" DATETIME NOT NULL
);

CREATE TABLE "user_blocks" (
    "username" TEXT NOT NULL,
    "blocked" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,

    PRIMARY KEY ("username", "blocked")
) WITHOUT ROWID;
CREATE INDEX "user_blocks_blocked_idx" ON "user_blocks"("blocked");

-- What was read stays read: the one mark of a user becomes the mark of each conversation.
INSERT INTO "inbox_conversations" ("username", "peer", "activity_id", "last_message_id", "total", "unread", "read_up_to")
SELECT sides."username", sides."peer", max(sides."id"), max(sides."id"), count(*),
    sum(sides."received" AND sides."id" > coalesce(u."inbox_read_up_to", 0)), coalesce(u."inbox_read_up_to", 0)
FROM (
    SELECT "sender" AS "username", "recipient" AS "peer", "id", 0 AS "received" FROM "inbox_messages"
    UNION ALL
    SELECT "recipient", "sender", "id", 1 FROM "inbox_messages" WHERE "sender" <> "recipient"
) AS sides
LEFT JOIN "users" u ON u."username" = sides."username"
GROUP BY sides."username", sides."peer";

CREATE INDEX "inbox_conversations_username_activity_id_idx" ON "inbox_conversations"("username", "activity_id");

DROP TRIGGER "inbox_messages_count_insert";
DROP TRIGGER "inbox_messages_count_delete";
ALTER TABLE "users" DROP COLUMN "inbox_read_up_to";
ALTER TABLE "users" DROP COLUMN "inbox_total";
ALTER TABLE "users" DROP COLUMN "inbox_unread";

-- Both sides of a conversation change together with its messages.
CREATE TRIGGER "inbox_conversations_insert" AFTER INSERT ON "inbox_messages"
BEGIN
    INSERT INTO "inbox_conversations" ("username", "peer", "activity_id", "last_message_id", "total")
    VALUES (NEW."sender", NEW."recipient", NEW."id", NEW."id", 1)
    ON CONFLICT ("username", "peer") DO UPDATE SET
        "activity_id" = max("activity_id", NEW."id"),
        "last_message_id" = max(coalesce("last_message_id", 0), NEW."id"),
        "total" = "total" + 1;
    INSERT INTO "inbox_conversations" ("username", "peer", "activity_id", "last_message_id", "total", "unread")
    SELECT NEW."recipient", NEW."sender", NEW."id", NEW."id", 1, 1
    WHERE NEW."recipient" <> NEW."sender" AND NOT NEW."hidden_from_recipient"
    ON CONFLICT ("username", "peer") DO UPDATE SET
        "activity_id" = max("activity_id", NEW."id"),
        "last_message_id" = max(coalesce("last_message_id", 0), NEW."id"),
        "total" = "total" + 1,
        "unread" = "unread" + (NEW."id" > "read_up_to");
END;

CREATE TRIGGER "inbox_conversations_delete" AFTER DELETE ON "inbox_messages"
BEGIN
    UPDATE "inbox_conversations" SET "total" = "total" - 1
    WHERE "username" = OLD."sender" AND "peer" = OLD."recipient"
        AND NOT OLD."hidden_from_sender" AND OLD."id" > "cleared_up_to";
    UPDATE "inbox_conversations" SET "total" = "total" - 1, "unread" = "unread" - (OLD."id" > "read_up_to")
    WHERE "username" = OLD."recipient" AND "peer" = OLD."sender" AND OLD."sender" <> OLD."recipient"
        AND NOT OLD."hidden_from_recipient" AND OLD."id" > "cleared_up_to";
    -- The newest one left. A side that hid over 100 messages in a row goes without until the next one.
    UPDATE "inbox_conversations" SET "last_message_id" = (
        SELECT max("id") FROM (
            SELECT "id" FROM (
                SELECT "id", "hidden_from_sender" AS "hidden" FROM "inbox_messages"
                WHERE "sender" = "inbox_conversations"."username" AND "recipient" = "inbox_conversations"."peer"
                ORDER BY "id" DESC LIMIT 100) WHERE NOT "hidden"
            UNION ALL
            SELECT "id" FROM (
                SELECT "id", "hidden_from_recipient" AS "hidden" FROM "inbox_messages"
                WHERE "sender" = "inbox_conversations"."peer" AND "recipient" = "inbox_conversations"."username"
                ORDER BY "id" DESC LIMIT 100) WHERE NOT "hidden"
        ) WHERE "id" > "inbox_conversations"."cleared_up_to")
    WHERE "last_message_id" = OLD."id"
        AND (("username" = OLD."sender" AND "peer" = OLD."recipient")
            OR ("username" = OLD."recipient" AND "peer" = OLD."sender"));
    INSERT OR REPLACE INTO "inbox_deleted_keys" ("sender", "client_id", "input_hash", "message_id", "created_at")
    SELECT OLD."sender", OLD."client_id", OLD."input_hash", OLD."id", OLD."created_at"
    WHERE OLD."client_id" IS NOT NULL;
END;

-- Hiding a message is deleting it for one side.
CREATE TRIGGER "inbox_conversations_hide_from_sender" AFTER UPDATE OF "hidden_from_sender" ON "inbox_messages"
WHEN NEW."hidden_from_sender" AND NOT OLD."hidden_from_sender"
BEGIN
    UPDATE "inbox_conversations" SET "total" = "total" - 1
    WHERE "username" = OLD."sender" AND "peer" = OLD."recipient" AND OLD."id" > "cleared_up_to";
    UPDATE "inbox_conversations" SET "last_message_id" = (
        SELECT max("id") FROM (
            SELECT "id" FROM (
                SELECT "id", "hidden_from_sender" AS "hidden" FROM "inbox_messages"
                WHERE "sender" = OLD."sender" AND "recipient" = OLD."recipient"
                ORDER BY "id" DESC LIMIT 100) WHERE NOT "hidden"
            UNION ALL
            SELECT "id" FROM (
                SELECT "id", "hidden_from_recipient" AS "hidden" FROM "inbox_messages"
                WHERE "sender" = OLD."recipient" AND "recipient" = OLD."sender" AND OLD."sender" <> OLD."recipient"
                ORDER BY "id" DESC LIMIT 100) WHERE NOT "hidden"
        ) WHERE "id" > "inbox_conversations"."cleared_up_to")
    WHERE "username" = OLD."sender" AND "peer" = OLD."recipient" AND "last_message_id" = OLD."id";
END;

CREATE TRIGGER "inbox_conversations_hide_from_recipient" AFTER UPDATE OF "hidden_from_recipient" ON "inbox_messages"
WHEN NEW."hidden_from_recipient" AND NOT OLD."hidden_from_recipient" AND OLD."sender" <> OLD."recipient"
BEGIN
    UPDATE "inbox_conversations" SET "total" = "total" - 1, "unread" = "unread" - (OLD."id" > "read_up_to")
    WHERE "username" = OLD."recipient" AND "peer" = OLD."sender" AND OLD."id" > "cleared_up_to";
    UPDATE "inbox_conversations" SET "last_message_id" = (
        SELECT max("id") FROM (
            SELECT "id" FROM (
                SELECT "id", "hidden_from_sender" AS "hidden" FROM "inbox_messages"
                WHERE "sender" = OLD."recipient" AND "recipient" = OLD."sender"
                ORDER BY "id" DESC LIMIT 100) WHERE NOT "hidden"
            UNION ALL
            SELECT "id" FROM (
                SELECT "id", "hidden_from_recipient" AS "hidden" FROM "inbox_messages"
                WHERE "sender" = OLD."sender" AND "recipient" = OLD."recipient"
                ORDER BY "id" DESC LIMIT 100) WHERE NOT "hidden"
        ) WHERE "id" > "inbox_conversations"."cleared_up_to")
    WHERE "username" = OLD."recipient" AND "peer" = OLD."sender" AND "last_message_id" = OLD."id";
END;
