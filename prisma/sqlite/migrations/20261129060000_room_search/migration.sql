-- CreateTable
CREATE TABLE "room_search_parts" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "room_id" INTEGER NOT NULL,
    "first_ms" BIGINT NOT NULL,
    "first_seq" BIGINT NOT NULL,
    "last_ms" BIGINT NOT NULL,
    "last_seq" BIGINT NOT NULL,
    "ready_ms" BIGINT NOT NULL,
    "ready_seq" BIGINT NOT NULL,
    "size" INTEGER NOT NULL,
    "version" INTEGER NOT NULL
);

-- CreateTable
CREATE TABLE "room_search_removals" (
    "room_id" INTEGER NOT NULL,
    "ms" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "message" TEXT NOT NULL,

    PRIMARY KEY ("room_id", "ms", "seq")
);

-- CreateIndex
CREATE INDEX "room_search_parts_room_id_first_ms_first_seq_idx" ON "room_search_parts"("room_id", "first_ms", "first_seq");

-- Written by hand from here on. The index over the tokens of kept messages, as "inbox_search" is.
CREATE VIRTUAL TABLE "room_search" USING fts5("tokens", content='', detail=none, columnsize=0, tokenize="ascii tokenchars '_'");
INSERT INTO "room_search" ("room_search", "rank") VALUES ('secure-delete', 1);
INSERT INTO "room_search" ("room_search", "rank") VALUES ('automerge', 0);
INSERT INTO "room_search" ("room_search", "rank") VALUES ('crisismerge', 64);

-- FTS5 knows what it has by one number, and ids have two parts. The numbers of a room's messages rise as their ids do.
CREATE TABLE "room_search_docs" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "room_id" INTEGER NOT NULL,
    "ms" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL
);
CREATE UNIQUE INDEX "room_search_docs_room_id_ms_seq_key" ON "room_search_docs"("room_id", "ms", "seq");

-- Messages in the index that are edited or deleted. Those of an earlier edit stay, as that is what was indexed.
CREATE TRIGGER "room_search_delete" AFTER DELETE ON "kept_messages"
BEGIN
    INSERT OR IGNORE INTO "room_search_removals" ("room_id", "ms", "seq", "message")
    SELECT "room_id", "ms", "seq", OLD."message" FROM "room_search_docs"
    WHERE "room_id" = OLD."room_id" AND "ms" = OLD."ms" AND "seq" = OLD."seq";
END;

CREATE TRIGGER "room_search_edit" AFTER UPDATE OF "message" ON "kept_messages"
WHEN NEW."message" <> OLD."message"
BEGIN
    INSERT OR IGNORE INTO "room_search_removals" ("room_id", "ms", "seq", "message")
    SELECT "room_id", "ms", "seq", OLD."message" FROM "room_search_docs"
    WHERE "room_id" = OLD."room_id" AND "ms" = OLD."ms" AND "seq" = OLD."seq";
END;
