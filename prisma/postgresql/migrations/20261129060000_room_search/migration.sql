-- CreateTable
CREATE TABLE "room_search_parts" (
    "id" SERIAL NOT NULL,
    "room_id" INTEGER NOT NULL,
    "first_ms" BIGINT NOT NULL,
    "first_seq" BIGINT NOT NULL,
    "last_ms" BIGINT NOT NULL,
    "last_seq" BIGINT NOT NULL,
    "ready_ms" BIGINT NOT NULL,
    "ready_seq" BIGINT NOT NULL,
    "size" INTEGER NOT NULL,
    "version" INTEGER NOT NULL,

    CONSTRAINT "room_search_parts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "room_search_removals" (
    "room_id" INTEGER NOT NULL,
    "ms" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "message" TEXT NOT NULL,

    CONSTRAINT "room_search_removals_pkey" PRIMARY KEY ("room_id","ms","seq")
);

-- CreateIndex
CREATE INDEX "room_search_parts_room_id_first_ms_first_seq_idx" ON "room_search_parts"("room_id", "first_ms", "first_seq");

-- Written by hand from here on. The index over the tokens of kept messages, as "inbox_search_docs" is.
CREATE TABLE "room_search_docs" (
    "room_id" INTEGER NOT NULL,
    "ms" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "tokens" TSVECTOR NOT NULL,

    CONSTRAINT "room_search_docs_pkey" PRIMARY KEY ("room_id", "ms", "seq")
);
CREATE INDEX "room_search_docs_tokens_idx" ON "room_search_docs" USING GIN ("tokens");

-- Who extends the index waits for those who are editing or deleting, and they notice from then on that it has the message.
-- The function locks the table of the trigger.
CREATE TRIGGER "room_search_hold_up" BEFORE DELETE OR UPDATE OF "message" ON "kept_messages"
FOR EACH STATEMENT EXECUTE FUNCTION "hold_up_inbox_search"();

-- What was deleted is gone from the index at once, and what was edited until it is indexed anew. A deleted message that is
-- being indexed at the moment has to be taken out afterwards; that others leave nothing to do keeps deleting rooms cheap.
CREATE FUNCTION "forget_in_room_search"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_ready boolean;
BEGIN
    SELECT ("ready_ms", "ready_seq") >= (OLD."ms", OLD."seq") INTO is_ready FROM "room_search_parts"
    WHERE "room_id" = OLD."room_id" AND ("first_ms", "first_seq") <= (OLD."ms", OLD."seq")
        AND ("last_ms", "last_seq") >= (OLD."ms", OLD."seq")
    ORDER BY "first_ms" DESC, "first_seq" DESC LIMIT 1;
    IF FOUND THEN
        -- Either way whoever takes in an earlier edit has to be done with it, or waits until this one is committed.
        IF TG_OP = 'UPDATE' OR NOT is_ready THEN
            INSERT INTO "room_search_removals" ("room_id", "ms", "seq", "message")
            VALUES (OLD."room_id", OLD."ms", OLD."seq", '')
            ON CONFLICT ("room_id", "ms", "seq") DO UPDATE SET "message" = '';
        ELSE
            PERFORM 1 FROM "room_search_removals"
            WHERE "room_id" = OLD."room_id" AND "ms" = OLD."ms" AND "seq" = OLD."seq" FOR UPDATE;
        END IF;
        DELETE FROM "room_search_docs" WHERE "room_id" = OLD."room_id" AND "ms" = OLD."ms" AND "seq" = OLD."seq";
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER "room_search_delete" AFTER DELETE ON "kept_messages"
FOR EACH ROW EXECUTE FUNCTION "forget_in_room_search"();

CREATE TRIGGER "room_search_edit" AFTER UPDATE OF "message" ON "kept_messages"
FOR EACH ROW WHEN (NEW."message" <> OLD."message") EXECUTE FUNCTION "forget_in_room_search"();
