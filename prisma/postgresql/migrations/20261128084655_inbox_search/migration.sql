-- CreateTable
CREATE TABLE "inbox_search_parts" (
    "id" SERIAL NOT NULL,
    "username" TEXT NOT NULL,
    "first_id" INTEGER NOT NULL,
    "last_id" INTEGER NOT NULL,
    "ready_id" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,

    CONSTRAINT "inbox_search_parts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "inbox_search_removals" (
    "message_id" INTEGER NOT NULL,
    "sender" TEXT NOT NULL,
    "recipient" TEXT NOT NULL,
    "message" TEXT NOT NULL,

    CONSTRAINT "inbox_search_removals_pkey" PRIMARY KEY ("message_id")
);

-- CreateIndex
CREATE INDEX "inbox_search_parts_username_first_id_idx" ON "inbox_search_parts"("username", "first_id");

-- Written by hand from here on. The index over the tokens of messages, see core/search/tokens.ts, with an entry for each side
-- of a message.
CREATE TABLE "inbox_search_docs" (
    "id" BIGINT NOT NULL,
    "tokens" TSVECTOR NOT NULL,

    CONSTRAINT "inbox_search_docs_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "inbox_search_docs_tokens_idx" ON "inbox_search_docs" USING GIN ("tokens");

-- Who extends the index waits for those who are editing or deleting, and they notice from then on that it has the message.
CREATE FUNCTION "hold_up_inbox_search"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(3, TG_RELID::int);
    RETURN NULL;
END $$;

CREATE TRIGGER "inbox_search_hold_up" BEFORE DELETE OR UPDATE OF "message" ON "inbox_messages"
FOR EACH STATEMENT EXECUTE FUNCTION "hold_up_inbox_search"();

-- What was deleted is gone from the index at once, and what was edited until it is indexed anew.
CREATE FUNCTION "forget_in_inbox_search"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM "inbox_search_parts" WHERE "username" IN (OLD."sender", OLD."recipient")
            AND "first_id" <= OLD."id" AND "last_id" >= OLD."id")
    THEN
        INSERT INTO "inbox_search_removals" ("message_id", "sender", "recipient", "message")
        VALUES (OLD."id", OLD."sender", OLD."recipient", '') ON CONFLICT ("message_id") DO NOTHING;
        DELETE FROM "inbox_search_docs" WHERE "id" IN (2 * OLD."id"::bigint, 2 * OLD."id"::bigint + 1);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER "inbox_search_delete" AFTER DELETE ON "inbox_messages"
FOR EACH ROW EXECUTE FUNCTION "forget_in_inbox_search"();

CREATE TRIGGER "inbox_search_edit" AFTER UPDATE OF "message" ON "inbox_messages"
FOR EACH ROW WHEN (NEW."message" <> OLD."message") EXECUTE FUNCTION "forget_in_inbox_search"();
