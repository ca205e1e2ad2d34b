-- CreateTable
CREATE TABLE "room_message_state" (
    "id" INTEGER NOT NULL,
    "ids_reserved_until" BIGINT NOT NULL DEFAULT 0,
    "shutdown" TEXT,

    CONSTRAINT "room_message_state_pkey" PRIMARY KEY ("id")
);
