-- CreateTable
CREATE TABLE "user_counts" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "users" INTEGER NOT NULL
);

-- Written by hand from here on. Whoever adds or removes accounts, their number changes in the same transaction.
CREATE TRIGGER "user_counts_insert" AFTER INSERT ON "users"
BEGIN
    UPDATE "user_counts" SET "users" = "users" + 1;
END;
CREATE TRIGGER "user_counts_delete" AFTER DELETE ON "users"
BEGIN
    UPDATE "user_counts" SET "users" = "users" - 1;
END;

INSERT INTO "user_counts" ("users") SELECT count(*) FROM "users";
