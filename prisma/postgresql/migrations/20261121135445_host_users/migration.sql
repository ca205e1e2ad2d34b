-- AlterTable
ALTER TABLE "users" ADD COLUMN     "from_host" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "ended" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "from_host" BOOLEAN NOT NULL DEFAULT false;
