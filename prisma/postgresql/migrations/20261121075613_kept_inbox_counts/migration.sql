-- AlterTable
ALTER TABLE "users" ADD COLUMN     "inbox_total" INTEGER NOT NULL DEFAULT 0,
ADD COLUMN     "inbox_unread" INTEGER NOT NULL DEFAULT 0;

-- Written by hand from here on: a user's counts change together with the messages they count.
CREATE FUNCTION "count_inbox_message"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE "users" SET "inbox_total" = "inbox_total" + 1 WHERE "username" = NEW."sender";
        UPDATE "users" SET "inbox_total" = "inbox_total" + 1, "inbox_unread" = "inbox_unread" + 1
        WHERE "username" = NEW."recipient" AND NEW."recipient" <> NEW."sender";
    ELSE
        UPDATE "users" SET "inbox_total" = "inbox_total" - 1 WHERE "username" = OLD."sender";
        UPDATE "users" SET "inbox_total" = "inbox_total" - 1,
            "inbox_unread" = "inbox_unread" - (OLD."id" > "inbox_read_up_to")::int
        WHERE "username" = OLD."recipient" AND OLD."recipient" <> OLD."sender";
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER "inbox_messages_count" AFTER INSERT OR DELETE ON "inbox_messages"
FOR EACH ROW EXECUTE FUNCTION "count_inbox_message"();

UPDATE "users" SET
    "inbox_total" = (SELECT count(*) FROM "inbox_messages" m WHERE m."sender" = "users"."username")
        + (SELECT count(*) FROM "inbox_messages" m
           WHERE m."recipient" = "users"."username" AND m."sender" <> m."recipient"),
    "inbox_unread" = (SELECT count(*) FROM "inbox_messages" m
        WHERE m."recipient" = "users"."username" AND m."sender" <> m."recipient" AND m."id" > "users"."inbox_read_up_to");
