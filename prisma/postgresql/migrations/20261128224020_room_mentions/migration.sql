-- AlterTable
ALTER TABLE "kept_messages" ADD COLUMN     "mentions" TEXT;
