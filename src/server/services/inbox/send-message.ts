import { shownClientId } from '../../core/client-ids.ts';
import { AppError, reasonOfUnknown } from '../../core/errors.ts';
import { inSpan } from '../../core/tracing.ts';
import { inputHashOf } from '../../infra/db/message-keys.ts';
import { type Attachment, storedAttachments } from '../../infra/files/attachments.ts';
import { claimFiles } from '../files/attach.ts';
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
  /** Ids of files that the sender has uploaded for the recipient. */
  files?: readonly string[] | undefined;
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
      attachments?: Attachment[];
      isBot?: true;
      position: string;
    }
  | { id: number; deleted: true; position: string };

/** Any user may write to any user, themselves included. Resolves once the message is on disk. */
export async function sendInboxMessage(deps: Deps, draft: InboxDraft): Promise<SentInboxMessage> {
  const { sender, recipient, text, files = [], clientId } = draft;
  await requireWithinLimit(deps, 'send', sender);
  const replyTo = draft.replyTo === undefined ? null : await findRepliedTo(deps, draft, draft.replyTo);
  const attachments = files.length > 0 ? await claimed(deps, draft, files) : undefined;
  if (attachments && 'deleted' in attachments) return attachments;
  const createdAt = new Date(deps.clock());
  const { id, isRepeat, era, change } = await inSpan({ name: 'inbox commit' }, () =>
    deps.inboxWriter.add({
      sender,
      recipient,
      text,
      createdAt,
      replyTo: draft.replyTo ?? null,
      attachments: storedAttachments(attachments),
      key: clientId === undefined ? null : { clientId, inputHash: inputHashOf(inputOf(draft)) },
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
  if (attachments) sent.attachments = attachments.map((file) => deps.fileUrls.show(file, draft));
  if (deps.bots.has(sender)) sent.isBot = true;
  return sent;
}

/** Those of messages without files are as they have always been, as their hashes are stored. */
function inputOf({ recipient, text, replyTo, files = [] }: InboxDraft): unknown[] {
  const input = [recipient, text, replyTo ?? null];
  return files.length === 0 ? input : [...input, files.join(' ')];
}

/** A message that is sent again after it was deleted has no files any more. */
async function claimed(deps: Deps, draft: InboxDraft, ids: readonly string[]) {
  const { sender, recipient, clientId } = draft;
  try {
    return await claimFiles(deps, { ids, owner: sender, target: { recipient } });
  } catch (error) {
    if (clientId === undefined || reasonOfUnknown(error) !== 'FILE_NOT_FOUND') throw error;
    const deleted = await deps.db.inboxDeletedKey.findUnique({
      where: { sender_clientId: { sender, clientId } },
    });
    if (deleted?.inputHash !== inputHashOf(inputOf(draft))) throw error;
    return { id: deleted.messageId, deleted: true as const, position: positionOf(await readMark(deps)) };
  }
}

async function findRepliedTo(deps: Deps, { sender, recipient }: InboxDraft, id: number): Promise<RepliedTo> {
  const message = await findInboxMessage(deps, sender, id);
  const peer = message?.sender === sender ? message.recipient : message?.sender;
  if (!message || peer !== recipient) throw new AppError('MESSAGE_NOT_FOUND');
  return { id, sender: message.sender, text: preview(message.text, message.attachments) };
}

/** The position is read first, so that what changes in between is told once more. */
async function asItIsNow(deps: Deps, sender: string, id: number): Promise<SentInboxMessage> {
  const position = positionOf(await readMark(deps));
  const message = await findInboxMessage(deps, sender, id);
  if (!message) return { id, deleted: true, position };
  const { avatarUrl: _, read: __, reactions: ___, ...sent } = message;
  return { ...sent, position };
}
