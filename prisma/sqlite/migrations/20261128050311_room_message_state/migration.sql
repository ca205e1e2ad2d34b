-- CreateTable
CREATE TABLE "room_message_state" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "ids_reserved_until" BIGINT NOT NULL DEFAULT 0,
    "shutdown" TEXT
);
