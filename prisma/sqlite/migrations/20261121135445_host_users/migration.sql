-- Without making the tables anew, as triggers of inbox_messages refer to them.
ALTER TABLE "users" ADD COLUMN "from_host" BOOLEAN NOT NULL DEFAULT false;

ALTER TABLE "sessions" ADD COLUMN "from_host" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "sessions" ADD COLUMN "ended" BOOLEAN NOT NULL DEFAULT false;
