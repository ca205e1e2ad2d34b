import type { Entry } from './outbox.ts';
import { compare, placeOf } from './place.ts';
import type { Delivered, Strip } from './strip.ts';
import type { Gap, Message, TimelineItem } from './types.ts';

/** A change of a message that the server has not confirmed. */
export interface Overlay {
  pending: NonNullable<Message['pending']>;
  /** As it will be. */
  apply(message: Delivered): Delivered;
}

/** What a message is shown with. */
export interface Context {
  me: string;
  peerReadUpTo: string | null;
  overlays: ReadonlyMap<string, Overlay>;
}

export const keyOfMessage = ({ clientId, id }: Delivered): string => clientId ?? id;

export function toMessage(data: Delivered, { me, peerReadUpTo, overlays }: Context): Message {
  const overlay = overlays.get(data.id);
  const { clientId: _, event, attachments, ...shown } = overlay?.apply(data) ?? data;
  const isOwn = data.author === me && event === undefined;
  const isRead = peerReadUpTo !== null && compare(placeOf(data.id), placeOf(peerReadUpTo)) <= 0;
  return {
    ...shown,
    kind: event === undefined ? 'message' : 'system',
    key: keyOfMessage(data),
    isOwn,
    status: isOwn && isRead ? 'read' : 'sent',
    error: null,
    mentionsMe: !isOwn && (data.mentionsRoom || data.mentions.includes(me)),
    attachments: attachments.map((file) => ({ ...file, url: file.url || null, progress: null })),
    event: event ?? null,
    pending: overlay?.pending ?? null,
  };
}

function fromEntry(
  { clientId, text, createdAt, status, error, attachments }: Entry,
  quoted: Delivered | undefined,
  me: string,
): Message {
  return {
    kind: 'message',
    key: clientId,
    id: null,
    author: me,
    isOwn: true,
    text,
    createdAt: new Date(createdAt).toISOString(),
    status,
    error,
    editedAt: null,
    replyTo: quoted ? { id: quoted.id, author: quoted.author, text: quoted.text } : null,
    reactions: [],
    mentions: [],
    mentionsRoom: false,
    mentionsMe: false,
    attachments,
    event: null,
    isBot: false,
    pending: null,
  };
}

/** What was thrown is not to be shown, and may lead to itself. */
const show = (item: TimelineItem) =>
  JSON.stringify(item, (name, value) => (name === 'cause' ? undefined : value));

/** Makes the items of one window, and gives those that have not changed again. */
export function createItems() {
  let known = new Map<string, { parts: unknown[]; item: TimelineItem }>();

  return (strip: Strip, outgoing: readonly Entry[], context: Context): TimelineItem[] => {
    const next: typeof known = new Map();
    const items: TimelineItem[] = [];
    /** Made anew only if one of its parts is another one. */
    function add<T extends TimelineItem>(key: string, parts: unknown[], make: () => T): void {
      const before = known.get(key);
      const isSame = before?.parts.every((part, index) => part === parts[index]);
      let item: TimelineItem = isSame && before ? before.item : make();
      if (before && !isSame && show(before.item) === show(item)) item = before.item;
      next.set(key, { parts, item });
      items.push(item);
    }

    const missing = [...strip.gaps];
    for (const { data, place } of strip.rows) {
      while (missing[0] && compare(missing[0].before, place) <= 0) {
        const state = missing.shift()?.isLost ? 'lost' : 'closing';
        const key = `gap before ${data.id}`;
        // What is before the window is told by its edge, and two in a row are one.
        if (items.length > 0 && items.at(-1)?.kind !== 'gap')
          add(key, [state], (): Gap => ({ kind: 'gap', key, state }));
      }
      const isRead = context.peerReadUpTo !== null && compare(place, placeOf(context.peerReadUpTo)) <= 0;
      const parts = [data, context.overlays.get(data.id), isRead, context.me];
      add(keyOfMessage(data), parts, () => toMessage(data, context));
    }
    for (const entry of outgoing) {
      if (next.has(entry.clientId)) continue;
      const quoted =
        entry.replyTo === undefined
          ? undefined
          : strip.rows.find(({ data }) => data.id === entry.replyTo)?.data;
      add(entry.clientId, [entry, quoted], () => fromEntry(entry, quoted, context.me));
    }
    known = next;
    return items;
  };
}
