import { knownDate } from '../../core/known-dates.ts';
import { parseAttachments } from '../files/attachments.ts';
import {
  type Mentions,
  mentionsOf,
  parseMentions,
  previewOf,
  type Quote,
  type Reaction,
  type RoomChange,
  type RoomMessage,
  type SystemEvent,
  systemOf,
} from './room-message-store.ts';

/** An entry as the scripts return it, with what has become of it, and of what it replies to, if that is still held. */
export type Row = [id: string, fields: string[], state: string, shows: 0 | 1, quotedState: string];

/** A change as the scripts return it. A message that is gone has no row. */
export type ChangeRow = [id: string, kind: RoomChange['kind'], messageId: string, row: Row | null];

/** What has become of a message. The text and the mentions of one that was not edited are those that were sent. */
interface State extends Mentions {
  text?: string;
  /** In milliseconds since 1970. */
  editedMs?: number;
  reactions?: Reaction[];
}

/** As `parseState` reads it, without the places that the scripts put before it. */
export function storedState({ text, editedAt, reactions, ...mentions }: RoomMessage): string {
  const state: State = {
    ...(editedAt && { text, editedMs: editedAt.getTime(), ...mentionsOf(mentions) }),
    ...(reactions && { reactions }),
  };
  return JSON.stringify(state);
}

function parseState(stored: string): State {
  const start = stored.indexOf('{');
  return start === -1 ? {} : (JSON.parse(stored.slice(start)) as State); // safe: made by `storedState`
}

/** As it was sent. */
export function sentMessage([id, fields]: Row): RoomMessage {
  const [, roomId, , username = '', , text = '', , createdAt, , , , clientId = '', , quoted = ''] = fields;
  const mentions = fields[17] ?? '';
  const event = fields[19] as SystemEvent | '' | undefined; // safe: as it was stored
  const files = fields[21] ?? '';
  return {
    id,
    roomId: Number(roomId),
    username,
    text,
    createdAt: knownDate(Number(createdAt)),
    ...(quoted !== '' && { replyTo: { id: quoted, deleted: true } }),
    ...(clientId !== '' && { clientId }),
    ...parseMentions(mentions || null),
    ...(files !== '' && { attachments: parseAttachments(files) }),
    ...systemOf({ event: event || undefined }),
  };
}

/** As it is now. */
export function toMessage(row: Row): RoomMessage {
  const [, fields, stored, shows, quotedState] = row;
  const sent = sentMessage(row);
  const preview = fields[15] ?? '';
  const quote = shows === 1 && preview !== '' ? quoteOf(preview, quotedState) : undefined;
  const message = quote ? { ...sent, replyTo: quote } : sent;
  if (stored === '') return message;
  const { text, editedMs, reactions, ...mentions } = parseState(stored);
  if (editedMs === undefined) return { ...message, ...(reactions && { reactions }) };
  const { mentions: _, mentionsRoom: __, ...rest } = message;
  return {
    ...rest,
    text: text ?? rest.text,
    editedAt: knownDate(editedMs),
    ...mentions,
    ...(reactions && { reactions }),
  };
}

function quoteOf(preview: string, quotedState: string): Quote {
  const quote = JSON.parse(preview) as Quote; // safe: as it was stored
  const { text } = parseState(quotedState);
  return text === undefined ? quote : { ...quote, text: previewOf(text) };
}

export const toChange = ([id, kind, messageId, row]: ChangeRow): RoomChange =>
  kind !== 'deleted' && row ? { kind, id, message: toMessage(row) } : { kind: 'deleted', id, messageId };
