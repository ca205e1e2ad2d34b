-- A profile keeps an uploaded avatar as `file:` and the id of a file for nothing else. The file stays as long as it does, whichever
-- statement changes the profile.
CREATE TRIGGER "users_avatar" AFTER UPDATE OF "avatar_url" ON "users" WHEN NEW."avatar_url" <> OLD."avatar_url"
BEGIN
    UPDATE "files" SET "keep_until_ms" = CASE WHEN "id" = substr(NEW."avatar_url", 6) THEN NULL ELSE 0 END
    WHERE "id" IN (substr(OLD."avatar_url", 6), substr(NEW."avatar_url", 6))
        AND "owner" = NEW."username" AND "room_id" IS NULL AND "recipient" IS NULL;
END;
