-- AlterTable
ALTER TABLE "inbox_messages" ADD COLUMN     "attachments" TEXT;

-- AlterTable
ALTER TABLE "kept_messages" ADD COLUMN     "attachments" TEXT;

-- CreateTable
CREATE TABLE "file_contents" (
    "id" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "sha256" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "stored_sha256" TEXT NOT NULL,
    "stored_size" BIGINT NOT NULL,
    "previews" TEXT NOT NULL DEFAULT '',
    "width" INTEGER,
    "height" INTEGER,
    "duration_ms" INTEGER,
    "placeholder" TEXT,
    "created_ms" BIGINT NOT NULL,

    CONSTRAINT "file_contents_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "files" (
    "id" TEXT NOT NULL,
    "content_id" TEXT NOT NULL,
    "owner" TEXT NOT NULL,
    "room_id" INTEGER,
    "recipient" TEXT,
    "name" TEXT NOT NULL,
    "media_type" TEXT NOT NULL,
    "is_inline" BOOLEAN NOT NULL,
    "created_ms" BIGINT NOT NULL,
    "keep_until_ms" BIGINT,
    "claimed_until_ms" BIGINT NOT NULL DEFAULT 0,
    "upload_key" TEXT,

    CONSTRAINT "files_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "file_uses" (
    "room_id" INTEGER NOT NULL,
    "ms" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "file_id" TEXT NOT NULL,
    "is_held" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "file_uses_pkey" PRIMARY KEY ("room_id","ms","seq","file_id")
);

-- CreateTable
CREATE TABLE "file_usage" (
    "owner" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "file_usage_pkey" PRIMARY KEY ("owner")
);

-- CreateTable
CREATE TABLE "server_secrets" (
    "name" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "server_secrets_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE UNIQUE INDEX "file_contents_owner_sha256_key" ON "file_contents"("owner", "sha256");

-- CreateIndex
CREATE INDEX "files_content_id_idx" ON "files"("content_id");

-- CreateIndex
CREATE INDEX "files_owner_created_ms_idx" ON "files"("owner", "created_ms");

-- CreateIndex
CREATE INDEX "file_uses_file_id_idx" ON "file_uses"("file_id");

-- AddForeignKey
ALTER TABLE "files" ADD CONSTRAINT "files_content_id_fkey" FOREIGN KEY ("content_id") REFERENCES "file_contents"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Written by hand from here on.
CREATE UNIQUE INDEX "files_upload_key_key" ON "files"("owner", "upload_key") WHERE "upload_key" IS NOT NULL;
CREATE INDEX "files_keep_until_ms_idx" ON "files"("keep_until_ms") WHERE "keep_until_ms" IS NOT NULL;
CREATE INDEX "file_uses_held_idx" ON "file_uses"("room_id", "ms", "seq") WHERE "is_held";

-- What messages in the database have, whichever statement stores or deletes them.
CREATE FUNCTION "attach_to_inbox_message"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "file_uses" ("room_id", "ms", "seq", "file_id")
    SELECT 0, NEW."id", 0, value->>'id' FROM jsonb_array_elements(NEW."attachments"::jsonb) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION "detach_from_inbox_message"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM "file_uses" WHERE "room_id" = 0 AND "ms" = OLD."id" AND "seq" = 0;
    RETURN NULL;
END $$;
CREATE FUNCTION "attach_to_kept_message"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO "file_uses" ("room_id", "ms", "seq", "file_id")
    SELECT NEW."room_id", NEW."ms", NEW."seq", value->>'id' FROM jsonb_array_elements(NEW."attachments"::jsonb)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION "detach_from_kept_message"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM "file_uses" WHERE "room_id" = OLD."room_id" AND "ms" = OLD."ms" AND "seq" = OLD."seq";
    RETURN NULL;
END $$;
CREATE TRIGGER "inbox_messages_attach" AFTER INSERT ON "inbox_messages"
FOR EACH ROW WHEN (NEW."attachments" IS NOT NULL) EXECUTE FUNCTION "attach_to_inbox_message"();
CREATE TRIGGER "inbox_messages_detach" AFTER DELETE ON "inbox_messages"
FOR EACH ROW WHEN (OLD."attachments" IS NOT NULL) EXECUTE FUNCTION "detach_from_inbox_message"();
CREATE TRIGGER "kept_messages_attach" AFTER INSERT ON "kept_messages"
FOR EACH ROW WHEN (NEW."attachments" IS NOT NULL) EXECUTE FUNCTION "attach_to_kept_message"();
CREATE TRIGGER "kept_messages_detach" AFTER DELETE ON "kept_messages"
FOR EACH ROW WHEN (OLD."attachments" IS NOT NULL) EXECUTE FUNCTION "detach_from_kept_message"();

-- A file stays while a message has it, and may go when the last one is gone.
CREATE FUNCTION "keep_used_file"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "files" SET "keep_until_ms" = NULL WHERE "id" = NEW."file_id";
    RETURN NULL;
END $$;
CREATE FUNCTION "release_unused_file"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Locked first, so that the next statement sees the uses that others have added or deleted meanwhile.
    PERFORM 1 FROM "files" WHERE "id" = OLD."file_id" FOR UPDATE;
    UPDATE "files" SET "keep_until_ms" = 0
    WHERE "id" = OLD."file_id" AND NOT EXISTS (SELECT 1 FROM "file_uses" WHERE "file_id" = OLD."file_id");
    RETURN NULL;
END $$;
CREATE TRIGGER "file_uses_insert" AFTER INSERT ON "file_uses" FOR EACH ROW EXECUTE FUNCTION "keep_used_file"();
CREATE TRIGGER "file_uses_delete" AFTER DELETE ON "file_uses" FOR EACH ROW EXECUTE FUNCTION "release_unused_file"();

CREATE FUNCTION "count_file_usage"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        -- That of all first: whoever has it holds up all others, so that nobody waits for each other.
        INSERT INTO "file_usage" ("owner", "bytes") VALUES ('', NEW."stored_size")
        ON CONFLICT ("owner") DO UPDATE SET "bytes" = "file_usage"."bytes" + excluded."bytes";
        INSERT INTO "file_usage" ("owner", "bytes") VALUES (NEW."owner", NEW."stored_size")
        ON CONFLICT ("owner") DO UPDATE SET "bytes" = "file_usage"."bytes" + excluded."bytes";
    ELSE
        UPDATE "file_usage" SET "bytes" = "bytes" - OLD."stored_size" WHERE "owner" = '';
        UPDATE "file_usage" SET "bytes" = "bytes" - OLD."stored_size" WHERE "owner" = OLD."owner";
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER "file_usage_insert" AFTER INSERT ON "file_contents" FOR EACH ROW EXECUTE FUNCTION "count_file_usage"();
CREATE TRIGGER "file_usage_delete" AFTER DELETE ON "file_contents" FOR EACH ROW EXECUTE FUNCTION "count_file_usage"();
