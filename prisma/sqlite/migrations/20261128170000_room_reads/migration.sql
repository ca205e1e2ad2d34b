-- Written by hand: added columns instead of a new table, which would copy every membership.
ALTER TABLE "room_members" ADD COLUMN "read_ms" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "room_members" ADD COLUMN "read_seq" BIGINT NOT NULL DEFAULT 0;
ALTER TABLE "room_members" ADD COLUMN "muted_until" DATETIME;

-- What there is at the upgrade counts as read. Ids of messages begin with the time in milliseconds.
UPDATE "room_members" SET "read_ms" = (CAST(strftime('%s', 'now') AS INTEGER) + 1) * 1000;
