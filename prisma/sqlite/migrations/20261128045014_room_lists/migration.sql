-- CreateIndex
CREATE INDEX "rooms_is_private_id_idx" ON "rooms"("is_private", "id");

-- CreateIndex
CREATE INDEX "rooms_created_by_idx" ON "rooms"("created_by");

-- CreateIndex
CREATE INDEX "room_members_room_id_id_idx" ON "room_members"("room_id", "id");
