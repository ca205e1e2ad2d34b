-- CreateTable
CREATE TABLE "user_counts" (
    "id" SERIAL NOT NULL,
    "users" INTEGER NOT NULL,

    CONSTRAINT "user_counts_pkey" PRIMARY KEY ("id")
);

-- Written by hand from here on. Whoever adds or removes accounts, their number changes in the same transaction, once for each statement.
-- A transaction changes any row that no other is changing, and adds one if there is none: so it never waits for another one, and
-- transactions cannot wait for each other. There are never more rows than there have been such transactions at the same time.
CREATE FUNCTION "count_users"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    change int := (SELECT count(*) FROM changed) * CASE TG_OP WHEN 'INSERT' THEN 1 ELSE -1 END;
    free int;
BEGIN
    IF change = 0 THEN
        RETURN NULL;
    END IF;
    SELECT "id" INTO free FROM "user_counts" ORDER BY "id" LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
    IF FOUND THEN
        UPDATE "user_counts" SET "users" = "users" + change WHERE "id" = free;
    ELSE
        INSERT INTO "user_counts" ("users") VALUES (change);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER "user_counts_insert" AFTER INSERT ON "users"
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "count_users"();

CREATE TRIGGER "user_counts_delete" AFTER DELETE ON "users"
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION "count_users"();

CREATE FUNCTION "forget_users"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM "user_counts";
    RETURN NULL;
END $$;

CREATE TRIGGER "user_counts_truncate" AFTER TRUNCATE ON "users" FOR EACH STATEMENT EXECUTE FUNCTION "forget_users"();

-- Last: the triggers have locked out writers, of which older servers may be some, so that none is left uncounted or is counted twice.
INSERT INTO "user_counts" ("users") SELECT count(*) FROM "users";
