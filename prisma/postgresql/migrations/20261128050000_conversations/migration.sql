ALTER TABLE "users" ADD COLUMN "who_may_write" TEXT NOT NULL DEFAULT 'everyone',
ADD COLUMN "read_receipts" BOOLEAN NOT NULL DEFAULT true,
ADD COLUMN "presence" TEXT NOT NULL DEFAULT 'everyone',
ADD COLUMN "findable" BOOLEAN NOT NULL DEFAULT true;

ALTER TABLE "inbox_messages" ADD COLUMN "edited_at" TIMESTAMP(3),
ADD COLUMN "reply_to" INTEGER,
ADD COLUMN "reactions" TEXT,
ADD COLUMN "client_id" TEXT,
ADD COLUMN "input_hash" TEXT,
ADD COLUMN "hidden_from_sender" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN "hidden_from_recipient" BOOLEAN NOT NULL DEFAULT false;

-- A send that is repeated finds the first one here. Messages without a client id cost nothing.
CREATE UNIQUE INDEX "inbox_messages_client_id_key" ON "inbox_messages"("sender", "client_id")
WHERE "client_id" IS NOT NULL;

CREATE TABLE "inbox_deleted_keys" (
    "sender" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "input_hash" TEXT NOT NULL,
    "message_id" INTEGER NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "inbox_deleted_keys_pkey" PRIMARY KEY ("sender", "client_id")
);
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
    "muted_until" TIMESTAMP(3),

    CONSTRAINT "inbox_conversations_pkey" PRIMARY KEY ("username", "peer")
);

CREATE TABLE "inbox_changes" (
    "id" SERIAL NOT NULL,
    "username" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "peer" TEXT,
    "message_id" INTEGER,
    "reader" TEXT,
    "after_message_id" INTEGER NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "inbox_changes_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "inbox_changes_username_id_idx" ON "inbox_changes"("username", "id");

CREATE TABLE "inbox_eras" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "message_id" INTEGER NOT NULL,
    "change_id" INTEGER NOT NULL,
    "started_at" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "inbox_eras_pkey" PRIMARY KEY ("id")
);

CREATE TABLE "user_blocks" (
    "username" TEXT NOT NULL,
    "blocked" TEXT NOT NULL,
    "created_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_blocks_pkey" PRIMARY KEY ("username", "blocked")
);
CREATE INDEX "user_blocks_blocked_idx" ON "user_blocks"("blocked");

-- What was read stays read: the one mark of a user becomes the mark of each conversation.
INSERT INTO "inbox_conversations" ("username", "peer", "activity_id", "last_message_id", "total", "unread", "read_up_to")
SELECT sides."username", sides."peer", max(sides."id"), max(sides."id"), count(*),
    count(*) FILTER (WHERE sides."received" AND sides."id" > coalesce(u."inbox_read_up_to", 0)),
    max(coalesce(u."inbox_read_up_to", 0))
FROM (
    SELECT "sender" AS "username", "recipient" AS "peer", "id", false AS "received" FROM "inbox_messages"
    UNION ALL
    SELECT "recipient", "sender", "id", true FROM "inbox_messages" WHERE "sender" <> "recipient"
) AS sides
LEFT JOIN "users" u ON u."username" = sides."username"
GROUP BY sides."username", sides."peer";

CREATE INDEX "inbox_conversations_username_activity_id_idx" ON "inbox_conversations"("username", "activity_id");

DROP TRIGGER "inbox_messages_count_insert" ON "inbox_messages";
DROP TRIGGER "inbox_messages_count_delete" ON "inbox_messages";
DROP FUNCTION "count_inbox_messages"();
DROP TRIGGER "users_recount_unread" ON "users";
DROP FUNCTION "recount_unread"();
ALTER TABLE "users" DROP COLUMN "inbox_read_up_to", DROP COLUMN "inbox_total", DROP COLUMN "inbox_unread";

-- Changes become visible in the order of their ids, and in one order with messages: both take the lock of the messages.
CREATE FUNCTION "queue_for_inbox_change_ids"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1, '"inbox_messages"'::regclass::int);
    RETURN NULL;
END $$;

CREATE TRIGGER "inbox_changes_in_order" BEFORE INSERT ON "inbox_changes"
FOR EACH STATEMENT EXECUTE FUNCTION "queue_for_inbox_change_ids"();

-- The newest message that a side still sees. A side that hid over 100 messages in a row goes without until the next one.
CREATE FUNCTION "newest_inbox_message"(of_user text, of_peer text, cleared int) RETURNS int LANGUAGE sql STABLE AS $$
    SELECT max(seen."id") FROM (
        SELECT sent."id" FROM (
            SELECT "id", "hidden_from_sender" AS "hidden" FROM "inbox_messages"
            WHERE "sender" = of_user AND "recipient" = of_peer ORDER BY "id" DESC LIMIT 100) AS sent
        WHERE NOT sent."hidden"
        UNION ALL
        SELECT received."id" FROM (
            SELECT "id", "hidden_from_recipient" AS "hidden" FROM "inbox_messages"
            WHERE "sender" = of_peer AND "recipient" = of_user ORDER BY "id" DESC LIMIT 100) AS received
        WHERE NOT received."hidden"
    ) AS seen WHERE seen."id" > cleared
$$;

-- Both sides of a conversation change together with its messages, in one statement for each statement, and in one order
-- of rows, so that statements that meet wait for each other instead of both waiting for ever.
CREATE FUNCTION "add_to_inbox_conversations"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "inbox_conversations" AS c ("username", "peer", "activity_id", "last_message_id", "total", "unread")
    SELECT sides."username", sides."peer", max(sides."id"), max(sides."id"), count(*),
        count(*) FILTER (WHERE sides."received" AND sides."id" > coalesce(own."read_up_to", 0))
    FROM (
        SELECT "sender" AS "username", "recipient" AS "peer", "id", false AS "received" FROM changed
        UNION ALL
        SELECT "recipient", "sender", "id", true FROM changed
        WHERE "recipient" <> "sender" AND NOT "hidden_from_recipient"
    ) AS sides
    LEFT JOIN "inbox_conversations" own ON own."username" = sides."username" AND own."peer" = sides."peer"
    GROUP BY sides."username", sides."peer"
    ORDER BY sides."username", sides."peer"
    ON CONFLICT ("username", "peer") DO UPDATE SET
        "activity_id" = greatest(c."activity_id", EXCLUDED."activity_id"),
        "last_message_id" = greatest(c."last_message_id", EXCLUDED."last_message_id"),
        "total" = c."total" + EXCLUDED."total",
        "unread" = c."unread" + EXCLUDED."unread";
    RETURN NULL;
END $$;

CREATE TRIGGER "inbox_conversations_insert" AFTER INSERT ON "inbox_messages"
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "add_to_inbox_conversations"();

CREATE FUNCTION "take_from_inbox_conversations"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM "inbox_conversations" c
    WHERE (c."username", c."peer") IN (
        SELECT "sender", "recipient" FROM changed UNION SELECT "recipient", "sender" FROM changed)
    ORDER BY c."username", c."peer" FOR NO KEY UPDATE;

    UPDATE "inbox_conversations" c SET
        "total" = c."total" - sums."total",
        "unread" = c."unread" - sums."unread"
    FROM (
        SELECT sides."username", sides."peer", count(*) AS "total",
            count(*) FILTER (WHERE sides."received" AND sides."id" > own."read_up_to") AS "unread"
        FROM (
            SELECT "sender" AS "username", "recipient" AS "peer", "id", false AS "received" FROM changed
            WHERE NOT "hidden_from_sender"
            UNION ALL
            SELECT "recipient", "sender", "id", true FROM changed
            WHERE "recipient" <> "sender" AND NOT "hidden_from_recipient"
        ) AS sides
        JOIN "inbox_conversations" own ON own."username" = sides."username" AND own."peer" = sides."peer"
        WHERE sides."id" > own."cleared_up_to"
        GROUP BY sides."username", sides."peer"
    ) AS sums
    WHERE c."username" = sums."username" AND c."peer" = sums."peer";

    UPDATE "inbox_conversations" c
    SET "last_message_id" = "newest_inbox_message"(c."username", c."peer", c."cleared_up_to")
    FROM (
        SELECT "sender" AS "username", "recipient" AS "peer", "id" FROM changed
        UNION SELECT "recipient", "sender", "id" FROM changed
    ) AS gone
    WHERE c."username" = gone."username" AND c."peer" = gone."peer" AND c."last_message_id" = gone."id";

    INSERT INTO "inbox_deleted_keys" ("sender", "client_id", "input_hash", "message_id", "created_at")
    SELECT "sender", "client_id", "input_hash", "id", "created_at" FROM changed WHERE "client_id" IS NOT NULL
    ON CONFLICT ("sender", "client_id") DO UPDATE SET
        "input_hash" = EXCLUDED."input_hash", "message_id" = EXCLUDED."message_id", "created_at" = EXCLUDED."created_at";
    RETURN NULL;
END $$;

CREATE TRIGGER "inbox_conversations_delete" AFTER DELETE ON "inbox_messages"
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "take_from_inbox_conversations"();

-- Hiding a message is deleting it for one side.
CREATE FUNCTION "hide_from_inbox_conversation"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW."hidden_from_sender" AND NOT OLD."hidden_from_sender" THEN
        UPDATE "inbox_conversations" SET "total" = "total" - 1
        WHERE "username" = OLD."sender" AND "peer" = OLD."recipient" AND OLD."id" > "cleared_up_to";
        UPDATE "inbox_conversations"
        SET "last_message_id" = "newest_inbox_message"("username", "peer", "cleared_up_to")
        WHERE "username" = OLD."sender" AND "peer" = OLD."recipient" AND "last_message_id" = OLD."id";
    END IF;
    IF NEW."hidden_from_recipient" AND NOT OLD."hidden_from_recipient" AND OLD."sender" <> OLD."recipient" THEN
        UPDATE "inbox_conversations"
        SET "total" = "total" - 1, "unread" = "unread" - (OLD."id" > "read_up_to")::int
        WHERE "username" = OLD."recipient" AND "peer" = OLD."sender" AND OLD."id" > "cleared_up_to";
        UPDATE "inbox_conversations"
        SET "last_message_id" = "newest_inbox_message"("username", "peer", "cleared_up_to")
        WHERE "username" = OLD."recipient" AND "peer" = OLD."sender" AND "last_message_id" = OLD."id";
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER "inbox_conversations_hide" AFTER UPDATE OF "hidden_from_sender", "hidden_from_recipient" ON "inbox_messages"
FOR EACH ROW EXECUTE FUNCTION "hide_from_inbox_conversation"();
