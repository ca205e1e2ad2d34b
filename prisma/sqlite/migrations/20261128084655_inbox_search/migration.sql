-- CreateTable
CREATE TABLE "inbox_search_parts" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "username" TEXT NOT NULL,
    "first_id" INTEGER NOT NULL,
    "last_id" INTEGER NOT NULL,
    "ready_id" INTEGER NOT NULL,
    "size" INTEGER NOT NULL,
    "version" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "inbox_search_removals" (
    "message_id" INTEGER NOT NULL PRIMARY KEY,
    "sender" TEXT NOT NULL,
    "recipient" TEXT NOT NULL,
    "message" TEXT NOT NULL
);

-- CreateIndex
CREATE INDEX "inbox_search_parts_username_first_id_idx" ON "inbox_search_parts"("username", "first_id");

-- Written by hand from here on. The index over the tokens of messages, see core/search/tokens.ts: tables of FTS5, which keeps
-- no content. What is deleted is overwritten at once, and not when pages are merged.
CREATE VIRTUAL TABLE "inbox_search" USING fts5("tokens", content='', detail=none, columnsize=0, tokenize="ascii tokenchars '_'");
INSERT INTO "inbox_search" ("inbox_search", "rank") VALUES ('secure-delete', 1);
-- Pages are merged by whoever adds to them, in steps of bounded length.
INSERT INTO "inbox_search" ("inbox_search", "rank") VALUES ('automerge', 0);
INSERT INTO "inbox_search" ("inbox_search", "rank") VALUES ('crisismerge', 64);

-- Messages in the index that are edited or deleted. Those of an earlier edit stay, as that is what was indexed.
CREATE TRIGGER "inbox_search_delete" AFTER DELETE ON "inbox_messages"
WHEN EXISTS (
    SELECT 1 FROM "inbox_search_parts" WHERE "username" IN (OLD."sender", OLD."recipient")
        AND "first_id" <= OLD."id" AND "last_id" >= OLD."id")
BEGIN
    INSERT OR IGNORE INTO "inbox_search_removals" ("message_id", "sender", "recipient", "message")
    VALUES (OLD."id", OLD."sender", OLD."recipient", OLD."message");
END;

CREATE TRIGGER "inbox_search_edit" AFTER UPDATE OF "message" ON "inbox_messages"
WHEN NEW."message" <> OLD."message" AND EXISTS (
    SELECT 1 FROM "inbox_search_parts" WHERE "username" IN (OLD."sender", OLD."recipient")
        AND "first_id" <= OLD."id" AND "last_id" >= OLD."id")
BEGIN
    INSERT OR IGNORE INTO "inbox_search_removals" ("message_id", "sender", "recipient", "message")
    VALUES (OLD."id", OLD."sender", OLD."recipient", OLD."message");
END;
