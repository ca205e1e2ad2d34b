import { AppError } from '../../core/errors.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { hasBlocked } from '../../infra/db/privacy-sql.ts';
import type { Statements } from '../../infra/db/raw-sql.ts';
import type { Deps } from '../shared/deps.ts';
import { withoutReaction, withReaction } from '../shared/reactions.ts';
import { type Change, changeInboxes } from './changes.ts';
import { type InboxMessage, shownReactions, storedReactions } from './inbox-rows.ts';
import { findInboxMessage } from './list-messages.ts';
import { positionOf, readMark } from './positions.ts';

type ChangeDeps = Pick<Deps, 'sql' | 'fileUrls' | 'bus' | 'log' | 'clock'>;

/** A message as a change finds it. */
interface StoredMessage {
  sender: string;
  recipient: string;
  created_at: Date | string;
  reactions: string | null;
  /** Whether the other side sees it, too: it may have hidden it, or cleared the conversation since. */
  is_seen_by_peer: boolean | number | bigint;
  /** Whether the other side has blocked the one who makes the change. */
  is_blocked: boolean | number | bigint;
}

/**
 * Locks the message for the rest of the transaction by an update that changes nothing: SQLite has no SELECT FOR UPDATE,
 * and Postgres locks alike. Throws 'MESSAGE_NOT_FOUND' if the user does not see it.
 */
async function lockMessage(tx: Statements, id: number, username: string): Promise<StoredMessage> {
  const peer = Prisma.sql`
    CASE WHEN inbox_messages.sender = ${username} THEN inbox_messages.recipient ELSE inbox_messages.sender END`;
  const [message] = await tx<StoredMessage>(Prisma.sql`
    UPDATE inbox_messages SET reactions = reactions
    WHERE id = ${id} AND (sender = ${username} OR recipient = ${username})
      AND CASE WHEN sender = ${username} THEN NOT hidden_from_sender ELSE NOT hidden_from_recipient END
      AND id > coalesce((
        SELECT cleared_up_to FROM inbox_conversations
        WHERE username = ${username} AND peer = ${peer}
      ), 0)
    RETURNING sender, recipient, created_at, reactions, ${hasBlocked(peer, username)} AS is_blocked,
      sender <> recipient
        AND CASE WHEN sender = ${username} THEN NOT hidden_from_recipient ELSE NOT hidden_from_sender END
        AND id > coalesce((
          SELECT cleared_up_to FROM inbox_conversations WHERE username = ${peer} AND peer = ${username}
        ), 0) AS is_seen_by_peer`);
  if (!message) throw new AppError('MESSAGE_NOT_FOUND');
  return message;
}

/** The change for the user, who sees the message, and for the other side if that does. */
function changesFor(
  { sender, recipient, is_seen_by_peer: isSeenByPeer }: StoredMessage,
  { username, kind, id: messageId }: { username: string; kind: Change['kind']; id: number },
): Change[] {
  const peer = sender === username ? recipient : sender;
  const own = { username, kind, peer, messageId };
  return isSeenByPeer ? [own, { username: peer, kind, peer: username, messageId }] : [own];
}

/** A message after a change, as the user who made the change sees it. */
export interface ChangedInboxMessage extends InboxMessage {
  position: string;
}

async function changed(
  deps: ChangeDeps,
  { id, username }: { id: number; username: string },
  position: string,
): Promise<ChangedInboxMessage> {
  const message = await findInboxMessage(deps, username, id);
  if (!message) throw new AppError('MESSAGE_NOT_FOUND'); // deleted meanwhile
  return { ...message, position };
}

/** The message as the user sees it now. The position is read first, so that what changes in between is told once more. */
export async function readInboxMessage(
  deps: ChangeDeps,
  message: { id: number; username: string },
): Promise<ChangedInboxMessage> {
  return changed(deps, message, positionOf(await readMark(deps)));
}

/**
 * The sender may edit the text for as long as the setting allows. If the recipient has blocked the sender, the message
 * is hidden there from then on: the new text must not arrive, and the old one is outdated.
 */
export async function editInboxMessage(
  deps: ChangeDeps & Pick<Deps, 'config' | 'inboxSearch'>,
  { id, username, text }: { id: number; username: string; text: string },
): Promise<ChangedInboxMessage> {
  const now = deps.clock();
  const { position } = await changeInboxes(deps, async (tx) => {
    const message = await lockMessage(tx, id, username);
    if (message.sender !== username) throw new AppError('NOT_THE_SENDER');
    if (now - new Date(message.created_at).getTime() >= deps.config.editWindowMs)
      throw new AppError('EDIT_WINDOW_OVER');
    await tx.run(Prisma.sql`
      UPDATE inbox_messages SET message = ${text}, edited_at = ${new Date(now)} WHERE id = ${id}`);
    const changes = changesFor(message, { username, kind: 'edited', id });
    if (!message.is_blocked) return { changes, result: undefined };
    await tx.run(Prisma.sql`UPDATE inbox_messages SET hidden_from_recipient = true WHERE id = ${id}`);
    return {
      changes: changes.map((change) =>
        change.username === username ? change : { ...change, kind: 'deleted' },
      ),
      result: undefined,
    };
  });
  await deps.inboxSearch.settle();
  return changed(deps, { id, username }, position);
}

/** Either side may delete a message, for both sides or for itself alone. */
export async function deleteInboxMessage(
  deps: ChangeDeps & Pick<Deps, 'inboxSearch'>,
  { id, username, scope }: { id: number; username: string; scope: 'everyone' | 'me' },
): Promise<{ position: string }> {
  const { position, result: isGone } = await changeInboxes(deps, async (tx) => {
    const message = await lockMessage(tx, id, username);
    const isSender = message.sender === username;
    const all = changesFor(message, { username, kind: 'deleted', id });
    const others = all.filter((change) => change.username !== username);
    const isGone = scope === 'everyone' || others.length === 0;
    if (isGone) await tx.run(Prisma.sql`DELETE FROM inbox_messages WHERE id = ${id}`);
    else if (isSender)
      await tx.run(Prisma.sql`UPDATE inbox_messages SET hidden_from_sender = true WHERE id = ${id}`);
    else await tx.run(Prisma.sql`UPDATE inbox_messages SET hidden_from_recipient = true WHERE id = ${id}`);
    const changes = scope === 'everyone' ? all : all.filter((change) => change.username === username);
    return { changes, result: isGone };
  });
  if (isGone) await deps.inboxSearch.settle();
  return { position };
}

/** Adds or takes back a reaction. Doing it again changes nothing. The other side is told of what it sees of it. */
export async function reactToInboxMessage(
  deps: ChangeDeps,
  { id, username, emoji, isOn }: { id: number; username: string; emoji: string; isOn: boolean },
): Promise<ChangedInboxMessage> {
  const { position } = await changeInboxes(deps, async (tx) => {
    const message = await lockMessage(tx, id, username);
    const before = storedReactions(message.reactions);
    const isWithheld = Boolean(message.is_blocked);
    const after = isOn
      ? withReaction(before, { emoji, username, isWithheld })
      : withoutReaction(before, { emoji, username });
    const isSameFor = (reader: string) =>
      JSON.stringify(shownReactions(after, reader)) === JSON.stringify(shownReactions(before, reader));
    const changes = changesFor(message, { username, kind: 'reaction', id }).filter(
      (change) => !isSameFor(change.username),
    );
    if (!isSameFor(username))
      await tx.run(Prisma.sql`
        UPDATE inbox_messages SET reactions = ${after.length === 0 ? null : JSON.stringify(after)} WHERE id = ${id}`);
    return { changes, result: undefined };
  });
  return changed(deps, { id, username }, position);
}
