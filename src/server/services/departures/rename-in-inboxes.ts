import { maxRowId } from '../../core/validation.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { paddedList } from '../../infra/db/padded-list.ts';
import type { Statements } from '../../infra/db/raw-sql.ts';
import { renamedReactions } from '../../infra/stores/rename-in-messages.ts';
import { type Change, changeInboxes } from '../inbox/changes.ts';
import { clearConversation } from '../inbox/conversation-settings.ts';
import { storedReactions } from '../inbox/inbox-rows.ts';
import type { Deps } from '../shared/deps.ts';
import type { Departed, Pass } from './rename-rest.ts';

/** Messages renamed in one transaction. */
const sliceSize = 250;

/**
 * What others still see of the conversations is renamed; what nobody else sees goes. The counts and marks of the other side are right
 * after each slice.
 */
export async function renameInInboxes(deps: Deps, departed: Departed, pass: Pass): Promise<void> {
  const { username } = departed;
  for (;;) {
    const peer = await nextPeer(deps, username);
    if (peer === undefined) return;
    // Deletes what the other side does not see either, and all notes to oneself.
    await clearConversation(deps, { username, with: peer });
    while (await renameSlice(deps, departed, peer)) await pass.renew();
    await pass.renew();
  }
}

/** Somebody with whom the user had a conversation that has not been renamed yet. */
async function nextPeer({ sql }: Pick<Deps, 'sql'>, username: string): Promise<string | undefined> {
  const first = (column: string, table: string, other: string) => {
    const [peer, rows, own] = [Prisma.raw(column), Prisma.raw(table), Prisma.raw(other)];
    return Prisma.sql`
      SELECT * FROM (SELECT ${peer} AS peer FROM ${rows} WHERE ${own} = ${username} LIMIT 1) AS ${Prisma.raw(`by_${column}`)}`;
  };
  const [found] = await sql<{ peer: string }>(Prisma.sql`
    ${first('peer', 'inbox_conversations', 'username')} UNION ALL ${first('username', 'inbox_conversations', 'peer')}
    UNION ALL ${first('recipient', 'inbox_messages', 'sender')} UNION ALL ${first('sender', 'inbox_messages', 'recipient')}
    LIMIT 1`);
  return found?.peer;
}

interface MovedRow {
  id: number | bigint;
  sender: string;
  reactions: string | null;
  hiddenFromSender: unknown;
  hiddenFromRecipient: unknown;
}

/** Newest first, so that the last message that lists show is there from the beginning. Resolves to whether there may be more. */
async function renameSlice(deps: Deps, departed: Departed, peer: string): Promise<boolean> {
  const { username, alias } = departed;
  const { result } = await changeInboxes(deps, async (tx) => {
    const wereListed = await renameSides(tx, departed, peer);
    const side = (sender: string, recipient: string) => Prisma.sql`
      SELECT id FROM (SELECT id FROM inbox_messages WHERE sender = ${sender} AND recipient = ${recipient}
        ORDER BY id DESC LIMIT ${sliceSize}) AS side`;
    const found = await tx<{ id: number | bigint }>(Prisma.sql`
      SELECT id FROM (${side(username, peer)} UNION ${side(peer, username)}) AS page ORDER BY id DESC LIMIT ${sliceSize}`);
    const ids = paddedList(
      found.map(({ id }) => Number(id)),
      sliceSize,
      0,
    );
    if (found.length > 0) {
      const moved = await tx<MovedRow>(Prisma.sql`
        UPDATE inbox_messages SET
          sender = CASE WHEN sender = ${username} THEN ${alias} ELSE sender END,
          recipient = CASE WHEN recipient = ${username} THEN ${alias} ELSE recipient END,
          client_id = CASE WHEN sender = ${username} THEN NULL ELSE client_id END,
          input_hash = CASE WHEN sender = ${username} THEN NULL ELSE input_hash END
        WHERE id IN (${ids}) AND (sender = ${username} OR recipient = ${username})
        RETURNING id, sender, reactions, hidden_from_sender AS "hiddenFromSender", hidden_from_recipient AS "hiddenFromRecipient"`);
      await renameReactions(tx, departed, moved);
      await count(tx, { alias, peer }, moved);
      // Of those that the user was sent: their URLs are for both sides.
      await tx.run(Prisma.sql`
        UPDATE files SET recipient = ${alias}
        WHERE recipient = ${username} AND id IN (SELECT file_id FROM file_uses WHERE room_id = 0 AND seq = 0 AND ms IN (${ids}))`);
    }
    const isDone = found.length < sliceSize;
    if (isDone) await renameChanges(tx, departed, peer);
    const changes = wereListed ? changesFor(departed, peer) : [];
    return { changes, result: !isDone };
  });
  return result;
}

/** Whoever follows the inbox clears the one conversation and asks for the other. A message with the id 0 was never cleared by anybody. */
const changesFor = ({ username, alias }: Departed, peer: string): Change[] => [
  { username: peer, kind: 'conversation', peer: username, messageId: 0 },
  { username: peer, kind: 'conversation', peer: alias },
];

/** Both sides begin without messages, which are counted as they are renamed. Resolves to whether there was that of the peer. */
async function renameSides(tx: Statements, { username, alias }: Departed, peer: string): Promise<boolean> {
  if (peer !== username) {
    const greater = (column: string) => {
      const name = Prisma.raw(column);
      return Prisma.sql`${name} = CASE WHEN excluded.${name} > inbox_conversations.${name}
        THEN excluded.${name} ELSE inbox_conversations.${name} END`;
    };
    const renamed = (values: Prisma.Sql, owner: string, other: string) => Prisma.sql`
      INSERT INTO inbox_conversations (username, peer, activity_id, read_up_to, cleared_up_to, muted_until)
      SELECT ${values}, muted_until FROM inbox_conversations WHERE username = ${owner} AND peer = ${other}
      ON CONFLICT (username, peer) DO UPDATE SET
        ${greater('activity_id')}, ${greater('read_up_to')}, ${greater('cleared_up_to')}`;
    // The side of the user sees nothing any more, whatever comes late: what the peer deletes goes at once.
    await tx.run(
      renamed(
        Prisma.sql`${alias}, CAST(${peer} AS TEXT), activity_id, read_up_to, CAST(${maxRowId} AS INTEGER)`,
        username,
        peer,
      ),
    );
    await tx.run(
      renamed(
        Prisma.sql`CAST(${peer} AS TEXT), ${alias}, activity_id, read_up_to, cleared_up_to`,
        peer,
        username,
      ),
    );
  }
  await tx.run(Prisma.sql`DELETE FROM inbox_conversations WHERE username = ${username} AND peer = ${peer}`);
  const deleted = await tx.run(
    Prisma.sql`DELETE FROM inbox_conversations WHERE username = ${peer} AND peer = ${username}`,
  );
  return deleted > 0;
}

/** What the peer sees of what was renamed. */
async function count(
  tx: Statements,
  { alias, peer }: { alias: string; peer: string },
  moved: MovedRow[],
): Promise<void> {
  const [marks] = await tx<{ readUpTo: number | bigint; clearedUpTo: number | bigint }>(Prisma.sql`
    SELECT read_up_to AS "readUpTo", cleared_up_to AS "clearedUpTo" FROM inbox_conversations
    WHERE username = ${peer} AND peer = ${alias}`);
  if (!marks) return;
  const seen = moved.filter(
    ({ id, sender, hiddenFromSender, hiddenFromRecipient }) =>
      Number(id) > Number(marks.clearedUpTo) && !(sender === peer ? hiddenFromSender : hiddenFromRecipient),
  );
  if (seen.length === 0) return;
  const unread = seen.filter(({ id, sender }) => sender !== peer && Number(id) > Number(marks.readUpTo));
  const newest = Math.max(...seen.map(({ id }) => Number(id)));
  await tx.run(Prisma.sql`
    UPDATE inbox_conversations SET total = total + ${seen.length}, unread = unread + ${unread.length},
      last_message_id = CASE WHEN coalesce(last_message_id, 0) < ${newest} THEN ${newest} ELSE last_message_id END
    WHERE username = ${peer} AND peer = ${alias}`);
}

async function renameReactions(
  tx: Statements,
  { username, alias }: Departed,
  moved: MovedRow[],
): Promise<void> {
  const quoted = JSON.stringify(username);
  for (const { id, reactions } of moved) {
    if (!reactions?.includes(quoted)) continue;
    const renamed = renamedReactions(storedReactions(reactions), (name) =>
      name === username ? alias : name,
    );
    await tx.run(
      Prisma.sql`UPDATE inbox_messages SET reactions = ${JSON.stringify(renamed)} WHERE id = ${Number(id)}`,
    );
  }
}

/** What the peer has still to be told of, but for that the conversation has another name. */
async function renameChanges(tx: Statements, { username, alias }: Departed, peer: string): Promise<void> {
  await tx.run(Prisma.sql`
    UPDATE inbox_changes SET peer = ${alias}
    WHERE username = ${peer} AND peer = ${username} AND NOT (kind = 'conversation' AND coalesce(message_id, 1) = 0)`);
  await tx.run(
    Prisma.sql`UPDATE inbox_changes SET reader = ${alias} WHERE username = ${peer} AND reader = ${username}`,
  );
}
