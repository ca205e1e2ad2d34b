import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { maySeePresence, mayWrite } from '../../infra/db/privacy-sql.ts';
import type { Deps } from '../shared/deps.ts';
import { changeInboxes, notifyInboxes } from './changes.ts';

type SettingsDeps = Pick<Deps, 'sql' | 'bus' | 'log' | 'clock'>;

/** How far a conversation without an end to its silence is muted: further than anybody will look. */
export const forever = new Date('9999-12-31T00:00:00Z');

/** Turns notifications of a conversation off until a time, or for good, or on again with null. Unread counts go on. */
export async function muteConversation(
  deps: SettingsDeps,
  { username, with: peer, until }: { username: string; with: string; until: Date | null | undefined },
): Promise<{ mutedUntil: Date | null; position: string }> {
  const mutedUntil = until === undefined ? forever : until;
  const { position } = await changeInboxes(deps, async (tx) => {
    const [user] = await tx<unknown>(Prisma.sql`SELECT 1 FROM users WHERE username = ${peer}`);
    if (!user) throw new AppError('USER_NOT_FOUND');
    await tx.run(Prisma.sql`
      INSERT INTO inbox_conversations (username, peer, muted_until) VALUES (${username}, ${peer}, ${mutedUntil})
      ON CONFLICT (username, peer) DO UPDATE SET muted_until = ${mutedUntil}`);
    return { changes: [{ username, kind: 'conversation', peer }], result: undefined };
  });
  return { mutedUntil, position };
}

/** Messages deleted at a time of those that neither side sees any more. */
const maxDeleted = 500;

/**
 * Hides everything said so far from the user alone, and deletes what the other side does not see either. Ends once that is
 * done, in steps that block nobody for long.
 */
export async function clearConversation(
  deps: SettingsDeps & Pick<Deps, 'inboxSearch'>,
  { username, with: peer }: { username: string; with: string },
): Promise<{ position: string }> {
  const { position } = await changeInboxes(deps, async (tx) => {
    const [cleared] = await tx<{ cleared_up_to: number | bigint }>(Prisma.sql`
      UPDATE inbox_conversations
      SET cleared_up_to = activity_id, read_up_to = activity_id, total = 0, unread = 0, last_message_id = NULL
      WHERE username = ${username} AND peer = ${peer} AND activity_id > 0
      RETURNING cleared_up_to`);
    return {
      changes: cleared
        ? [{ username, kind: 'conversation', peer, messageId: Number(cleared.cleared_up_to) }]
        : [],
      result: undefined,
    };
  });
  // By the other side: cleared, or hidden one by one.
  await deleteInSteps(
    deps,
    Prisma.sql`
      ((sender = ${username} AND recipient = ${peer}) OR (sender = ${peer} AND recipient = ${username}))
      AND id <= (SELECT min(cleared_up_to) FROM inbox_conversations
        WHERE (username = ${username} AND peer = ${peer}) OR (username = ${peer} AND peer = ${username}))`,
  );
  // The first condition is that of the partial index.
  await deleteInSteps(
    deps,
    Prisma.sql`
      (hidden_from_sender OR hidden_from_recipient)
      AND ((sender = ${username} AND recipient = ${peer} AND hidden_from_recipient)
        OR (sender = ${peer} AND recipient = ${username} AND hidden_from_sender))
      AND id <= (SELECT cleared_up_to FROM inbox_conversations WHERE username = ${username} AND peer = ${peer})`,
  );
  await deps.inboxSearch.settle();
  return { position };
}

async function deleteInSteps({ sql }: Pick<Deps, 'sql'>, condition: Prisma.Sql): Promise<void> {
  for (let deleted = maxDeleted; deleted === maxDeleted; )
    deleted = await sql.run(Prisma.sql`
      DELETE FROM inbox_messages WHERE id IN (
        SELECT id FROM inbox_messages WHERE ${condition} LIMIT ${maxDeleted})`);
}

/**
 * Notifies the peer; typing expires after 6 seconds or when a message arrives. Does nothing if the user may not write
 * to the peer, or the peer may not see the user's presence.
 */
export async function setInboxTyping(
  deps: Pick<Deps, 'sql' | 'bus' | 'log'>,
  { username, to, isTyping }: { username: string; to: string; isTyping: boolean },
): Promise<void> {
  const [allowed] = await deps.sql<unknown>(Prisma.sql`
    SELECT 1 FROM users typist JOIN users peer ON peer.username = ${to}
    WHERE typist.username = ${username}
      AND ${mayWrite(Prisma.sql`typist.username`, Prisma.sql`peer.username`)}
      AND ${maySeePresence(Prisma.sql`peer.username`, Prisma.raw('typist'))}`);
  if (allowed) await notifyInboxes(deps, [to], { type: 'typing', from: username, isTyping });
}
