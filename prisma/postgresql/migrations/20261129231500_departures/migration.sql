-- CreateTable
CREATE TABLE "departures" (
    "username" TEXT NOT NULL,
    "name_skeleton" TEXT,
    "alias" TEXT NOT NULL,
    "left_ms" BIGINT NOT NULL,
    "due_ms" BIGINT NOT NULL,
    "passes" INTEGER NOT NULL DEFAULT 0,

    CONSTRAINT "departures_pkey" PRIMARY KEY ("username")
);

-- CreateTable
CREATE TABLE "exports" (
    "id" TEXT NOT NULL,
    "username" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'waiting',
    "requested_ms" BIGINT NOT NULL,
    "due_ms" BIGINT NOT NULL,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "progress" INTEGER NOT NULL DEFAULT 0,
    "size" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "exports_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "departures_alias_key" ON "departures"("alias");

-- CreateIndex
CREATE INDEX "departures_name_skeleton_idx" ON "departures"("name_skeleton");

-- CreateIndex
CREATE INDEX "departures_due_ms_idx" ON "departures"("due_ms");

-- CreateIndex
CREATE UNIQUE INDEX "exports_username_key" ON "exports"("username");

-- CreateIndex
CREATE INDEX "exports_due_ms_idx" ON "exports"("due_ms");

-- CreateIndex
CREATE INDEX "room_bans_username_idx" ON "room_bans"("username");

-- CreateIndex
CREATE INDEX "room_bans_banned_by_idx" ON "room_bans"("banned_by");

-- CreateIndex
CREATE INDEX "room_pins_pinned_by_idx" ON "room_pins"("pinned_by");

-- CreateIndex
CREATE INDEX "room_invites_created_by_idx" ON "room_invites"("created_by");

-- CreateIndex
CREATE INDEX "inbox_conversations_peer_idx" ON "inbox_conversations"("peer");

-- Written by hand from here on. Whichever server adds an account, also one of an earlier version: nobody gets a name that is reserved.
CREATE FUNCTION "refuse_reserved_name"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM "departures" WHERE "username" = NEW."username" OR "alias" = NEW."username") THEN
        RAISE unique_violation USING MESSAGE = 'the name is reserved', CONSTRAINT = 'users_username_key',
            TABLE = 'users', DETAIL = 'Key (username)=(' || NEW."username" || ') already exists.';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER "users_reserved" BEFORE INSERT ON "users" FOR EACH ROW EXECUTE FUNCTION "refuse_reserved_name"();

-- Archives count to the bytes of all files, and not to those of their owner.
CREATE FUNCTION "count_export_usage"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        INSERT INTO "file_usage" ("owner", "bytes") VALUES ('', NEW."size" - OLD."size")
        ON CONFLICT ("owner") DO UPDATE SET "bytes" = "file_usage"."bytes" + excluded."bytes";
    ELSE
        UPDATE "file_usage" SET "bytes" = "bytes" - OLD."size" WHERE "owner" = '';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER "exports_usage_update" AFTER UPDATE OF "size" ON "exports"
FOR EACH ROW WHEN (NEW."size" <> OLD."size") EXECUTE FUNCTION "count_export_usage"();
CREATE TRIGGER "exports_usage_delete" AFTER DELETE ON "exports"
FOR EACH ROW WHEN (OLD."size" > 0) EXECUTE FUNCTION "count_export_usage"();
