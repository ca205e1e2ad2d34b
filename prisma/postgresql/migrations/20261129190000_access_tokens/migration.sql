-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "scopes" TEXT;
