-- Written by hand, for Postgres alone: SQLite has one writer at a time, and here they are many.

-- Inbox messages become visible in the order of their ids, because whoever follows an inbox asks for what is newer
-- than the newest id it has seen. The lock is held until the commit, and taken before the first id is.
CREATE FUNCTION "queue_for_inbox_ids"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(1, TG_RELID::int);
    RETURN NULL;
END $$;

CREATE TRIGGER "inbox_messages_in_order" BEFORE INSERT ON "inbox_messages"
FOR EACH STATEMENT EXECUTE FUNCTION "queue_for_inbox_ids"();

-- Public rooms are created one after the other, so that each creator counts those of all others.
CREATE FUNCTION "queue_for_public_rooms"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(2, TG_RELID::int);
    RETURN NEW;
END $$;

CREATE TRIGGER "rooms_public_in_order" BEFORE INSERT ON "rooms"
FOR EACH ROW WHEN (NOT NEW."is_private") EXECUTE FUNCTION "queue_for_public_rooms"();

-- The counts of all users concerned change in one update for each statement and not in two for each message, and the
-- users are locked in one order, so that statements that meet wait for each other instead of both waiting for ever.
DROP TRIGGER "inbox_messages_count" ON "inbox_messages";
DROP FUNCTION "count_inbox_message"();

CREATE FUNCTION "count_inbox_messages"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    step int := CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
BEGIN
    PERFORM 1 FROM "users"
    WHERE "username" IN (SELECT "sender" FROM changed UNION SELECT "recipient" FROM changed)
    ORDER BY "id" FOR NO KEY UPDATE;

    UPDATE "users" u
    SET "inbox_total" = u."inbox_total" + step * sums.total,
        "inbox_unread" = u."inbox_unread" + step * sums.unread
    FROM (
        SELECT sides."username", count(*) AS total,
            count(*) FILTER (WHERE sides.received AND sides."id" > r."inbox_read_up_to") AS unread
        FROM (
            SELECT "sender" AS "username", false AS received, "id" FROM changed
            UNION ALL
            SELECT "recipient", true, "id" FROM changed WHERE "recipient" <> "sender"
        ) AS sides
        JOIN "users" r ON r."username" = sides."username"
        GROUP BY sides."username"
    ) AS sums
    WHERE u."username" = sums."username";
    RETURN NULL;
END $$;

CREATE TRIGGER "inbox_messages_count_insert" AFTER INSERT ON "inbox_messages"
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "count_inbox_messages"();

CREATE TRIGGER "inbox_messages_count_delete" AFTER DELETE ON "inbox_messages"
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "count_inbox_messages"();

-- Who marks messages as read counts the rest anew. That is only right with the user's row locked, as messages arrive
-- and go meanwhile; the trigger runs when it is.
CREATE FUNCTION "recount_unread"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."inbox_unread" := (
        SELECT count(*) FROM "inbox_messages" m
        WHERE m."recipient" = NEW."username" AND m."sender" <> m."recipient" AND m."id" > NEW."inbox_read_up_to");
    RETURN NEW;
END $$;

CREATE TRIGGER "users_recount_unread" BEFORE UPDATE OF "inbox_read_up_to" ON "users"
FOR EACH ROW WHEN (NEW."inbox_read_up_to" <> OLD."inbox_read_up_to") EXECUTE FUNCTION "recount_unread"();
