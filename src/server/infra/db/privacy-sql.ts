import { Prisma } from './generated/sqlite/client.ts';

// What users allow each other, as conditions of statements: each rule is one expression, which is true as of the statement.

/** A column, qualified by its table, or a value. */
type Name = Prisma.Sql | string;

/** Whether two users share a private room. Sharing a public one is no matter of choice, as anybody can join. */
export const areRoommates = (a: Name, b: Name) => Prisma.sql`
  EXISTS (
    SELECT 1 FROM room_members one
    JOIN rooms shared ON shared.id = one.room_id AND shared.is_private
    JOIN room_members two ON two.room_id = one.room_id AND two.username = ${b}
    WHERE one.username = ${a})`;

export const hasBlocked = (username: Name, other: Name) => Prisma.sql`
  EXISTS (SELECT 1 FROM user_blocks WHERE user_blocks.username = ${username} AND user_blocks.blocked = ${other})`;

/** Whether either of them has blocked the other. */
export const isBlockBetween = (a: Name, b: Name) => Prisma.sql`(${hasBlocked(a, b)} OR ${hasBlocked(b, a)})`;

/** 'everyone', 'roommates' or 'nobody', which never keeps users from themselves. */
const allows = (setting: Prisma.Sql, owner: Name, other: Name) => Prisma.sql`
  CASE ${setting} WHEN 'everyone' THEN true
    WHEN 'roommates' THEN ${owner} = ${other} OR ${areRoommates(owner, other)}
    ELSE ${owner} = ${other} END`;

/** Whether the recipient wants private messages of the sender. A blocked sender is not refused: see `isWithheld`. */
export const mayWrite = (sender: Name, recipient: Name) =>
  allows(
    Prisma.sql`(SELECT who_may_write FROM users WHERE users.username = ${recipient})`,
    recipient,
    sender,
  );

/**
 * Whether a message is kept from its recipient, who has blocked the sender. It is stored as `hidden_from_recipient`, like
 * one that the recipient deleted: `isVisible` in services/inbox/inbox-rows.ts is the one condition that reads it.
 */
export const isWithheld = (sender: Name, recipient: Name) => hasBlocked(recipient, sender);

/** Whether `viewer` may learn that the user of the row `owner` is there. */
export const maySeePresence = (viewer: Name, owner: Prisma.Sql) => Prisma.sql`
  (${allows(Prisma.sql`${owner}.presence`, Prisma.sql`${owner}.username`, viewer)}
    AND NOT ${isBlockBetween(Prisma.sql`${owner}.username`, viewer)})`;

/**
 * How far `viewer` is told that `reader` has read, whose mark it is. While a block lies between them it stays where it was
 * when the block began, so that the block does not show.
 */
export const shownMark = (mark: Prisma.Sql, reader: Name, viewer: Name) => Prisma.sql`(
  SELECT min(up_to) FROM (
    SELECT ${mark} AS up_to
    UNION ALL
    SELECT read_up_to FROM user_blocks WHERE user_blocks.username = ${reader} AND user_blocks.blocked = ${viewer}
    UNION ALL
    SELECT blocked_read_up_to FROM user_blocks
    WHERE user_blocks.username = ${viewer} AND user_blocks.blocked = ${reader}
  ) AS marks)`;
