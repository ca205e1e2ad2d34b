import { shownClientId } from '../../core/client-ids.ts';
import { AppError } from '../../core/errors.ts';
import { inSpan } from '../../core/tracing.ts';
import { inputHashOf } from '../../infra/db/message-keys.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { notifyInboxes } from './changes.ts';
import type { RepliedTo } from './inbox-rows.ts';
import { preview } from './inbox-rows.ts';
import { findInboxMessage } from './list-messages.ts';
import { positionOf, readMark } from './positions.ts';

export interface InboxDraft {
  sender: string;
  recipient: string;
  text: string;
  replyTo?: number | undefined;
  /** Chosen by the sender: a send with the same one within 7 days gives the first answer again. */
  clientId?: string | undefined;
}

/** What the sender of a message is answered: the message, or that a repeated one has been deleted since. */
export type SentInboxMessage =
  | {
      id: number;
      sender: string;
      recipient: string;
      text: string;
      createdAt: Date;
      editedAt: Date | null;
      replyTo: RepliedTo | null;
      clientId?: string;
      position: string;
    }
  | { id: number; deleted: true; position: string };

/** Any user may write to any user, themselves included. Resolves once the message is on disk. */
export async function sendInboxMessage(deps: Deps, draft: InboxDraft): Promise<SentInboxMessage> {
  const { sender, recipient, text, clientId } = draft;
  await requireWithinLimit(deps, 'send', sender);
  const replyTo = draft.replyTo === undefined ? null : await findRepliedTo(deps, draft, draft.replyTo);
  const createdAt = new Date(deps.clock());
  const { id, isRepeat, era, change } = await inSpan({ name: 'inbox commit' }, () =>
    deps.inboxWriter.add({
      sender,
      recipient,
      text,
      createdAt,
      replyTo: draft.replyTo ?? null,
      key:
        clientId === undefined
          ? null
          : { clientId, inputHash: inputHashOf([recipient, text, draft.replyTo ?? null]) },
    }),
  );
  if (isRepeat) return asItIsNow(deps, sender, id);
  await notifyInboxes(deps, [sender, recipient]);
  const position = positionOf({ era, change, message: id });
  const sent: SentInboxMessage = {
    id,
    sender,
    recipient,
    text,
    createdAt,
    editedAt: null,
    replyTo,
    position,
  };
  const shown = shownClientId(clientId);
  if (shown !== undefined) sent.clientId = shown;
  return sent;
}

async function findRepliedTo(deps: Deps, { sender, recipient }: InboxDraft, id: number): Promise<RepliedTo> {
  const message = await findInboxMessage(deps, sender, id);
  const peer = message?.sender === sender ? message.recipient : message?.sender;
  if (!message || peer !== recipient) throw new AppError('MESSAGE_NOT_FOUND');
  return { id, sender: message.sender, text: preview(message.text) };
}

/** The position is read first, so that what changes in between is told once more. */
async function asItIsNow(deps: Deps, sender: string, id: number): Promise<SentInboxMessage> {
  const position = positionOf(await readMark(deps));
  const message = await findInboxMessage(deps, sender, id);
  if (!message) return { id, deleted: true, position };
  const { avatarUrl: _, read: __, reactions: ___, ...sent } = message;
  return { ...sent, position };
}
