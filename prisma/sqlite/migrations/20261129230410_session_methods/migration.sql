-- AlterTable
ALTER TABLE "sessions" ADD COLUMN "confirmed_at" DATETIME;
ALTER TABLE "sessions" ADD COLUMN "method" TEXT;
