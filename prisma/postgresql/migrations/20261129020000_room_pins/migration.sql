-- CreateTable
CREATE TABLE "room_pins" (
    "id" SERIAL NOT NULL,
    "room_id" INTEGER NOT NULL,
    "ms" BIGINT NOT NULL,
    "seq" BIGINT NOT NULL,
    "pinned_by" TEXT NOT NULL,
    "pinned_at" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "room_pins_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "room_pins_room_id_ms_seq_key" ON "room_pins"("room_id", "ms", "seq");

-- AddForeignKey
ALTER TABLE "room_pins" ADD CONSTRAINT "room_pins_room_id_fkey" FOREIGN KEY ("room_id") REFERENCES "rooms"("id") ON DELETE CASCADE ON UPDATE CASCADE;
