-- AlterTable
ALTER TABLE "sessions" ADD COLUMN     "confirmed_at" TIMESTAMP(3),
ADD COLUMN     "method" TEXT;
