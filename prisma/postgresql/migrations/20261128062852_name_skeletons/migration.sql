-- AlterTable
ALTER TABLE "users" ADD COLUMN     "name_skeleton" TEXT;

-- AlterTable
ALTER TABLE "rooms" ADD COLUMN     "name_skeleton" TEXT;

-- CreateIndex
CREATE INDEX "users_name_skeleton_idx" ON "users"("name_skeleton");

-- CreateIndex
CREATE INDEX "rooms_name_skeleton_idx" ON "rooms"("name_skeleton");

-- Written by hand: names that look alike are added one after the other, so that each transaction sees the one before it.
CREATE FUNCTION "queue_for_name_skeleton"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(TG_TABLE_NAME), hashtext(substr(NEW."name_skeleton", 7)));
    RETURN NEW;
END $$;

CREATE TRIGGER "users_name_in_order" BEFORE INSERT ON "users"
FOR EACH ROW WHEN (NEW."name_skeleton" IS NOT NULL) EXECUTE FUNCTION "queue_for_name_skeleton"();

CREATE TRIGGER "rooms_name_in_order" BEFORE INSERT ON "rooms"
FOR EACH ROW WHEN (NEW."name_skeleton" IS NOT NULL) EXECUTE FUNCTION "queue_for_name_skeleton"();
