-- AlterTable
ALTER TABLE "users" ADD COLUMN "mailbox" TEXT;

-- Of plain addresses, which are nearly all. The server computes the others at its start.
UPDATE "users" SET "mailbox" = lower("email")
WHERE "email" NOT GLOB '*[^A-Za-z0-9.@_+-]*' AND "email" NOT LIKE '%xn--%';

-- CreateIndex
CREATE INDEX "users_mailbox_idx" ON "users"("mailbox");

-- Addresses are found by their mailboxes instead.
DROP INDEX "users_email_lower_idx";
