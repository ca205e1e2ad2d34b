-- AlterTable
ALTER TABLE "users" ADD COLUMN "name_skeleton" TEXT;

-- AlterTable
ALTER TABLE "rooms" ADD COLUMN "name_skeleton" TEXT;

-- CreateIndex
CREATE INDEX "users_name_skeleton_idx" ON "users"("name_skeleton");

-- CreateIndex
CREATE INDEX "rooms_name_skeleton_idx" ON "rooms"("name_skeleton");
