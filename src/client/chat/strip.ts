import {
  compare,
  isWithin,
  justAfter,
  justBefore,
  laterOf,
  type Place,
  placeOf,
  type Range,
} from './place.ts';

/** A message as the server holds it. */
export interface Delivered {
  id: string;
  author: string;
  text: string;
  createdAt: string;
  editedAt: string | null;
  replyTo: Quote | null;
  reactions: readonly Reaction[];
  mentions: readonly string[];
  mentionsRoom: boolean;
  attachments: readonly ServerAttachment[];
  clientId: string | undefined;
  /** Of a system message. */
  event: string | undefined;
  /** Whether a program has sent it. */
  isBot: boolean;
}

/** The message that another one replies to. */
export type Quote =
  | {
      /** Of the message. */
      id: string;
      /** Its author's name. */
      author: string;
      /** As it begins. */
      text: string;
    }
  | {
      /** Of the message. */
      id: string;
      /** It is gone. */
      isDeleted: true;
    };

/** Who has reacted to a message with an emoji. */
export interface Reaction {
  /** As text. */
  emoji: string;
  /** Names, in the order of their reactions. */
  users: readonly string[];
}

/** A file as the server describes it. Its URL expires. */
export interface ServerAttachment {
  /** Of the file. */
  id: string;
  /** With its extension. */
  name: string;
  /** In bytes. */
  size: number;
  /** As the server has found it. */
  mediaType: string;
  /** Complete it with `client.files.url`. */
  url: string;
  /** Of a picture or video, in pixels. */
  width?: number;
  /** In pixels. */
  height?: number;
  /** Of audio or video. */
  durationMs?: number;
  /** A `data:` URL to show until a picture has loaded. */
  placeholder?: string;
  /** Of a small picture. */
  previewUrl?: string;
  /** Of a larger one. */
  largePreviewUrl?: string;
}

/** A message, and what is known of it. Replaced, never modified. */
export interface Row {
  readonly data: Delivered;
  readonly place: Place;
  /** Later changes count, earlier ones do not. */
  readonly at: Place;
  /** Changes may have been missed since. */
  readonly isStale: boolean;
}

/** What a request has told: that between `from` and `to` there were exactly these messages. */
export interface Page extends Range {
  /** Oldest first. */
  messages: readonly Delivered[];
  /** Changes up to here are in the messages. */
  at: Place;
  /** Whether the server has older messages. */
  hasOlder: boolean;
  /** Whether it goes up to the newest message that there was. */
  isNewest: boolean;
}

/** What a subscription tells. */
export type Change =
  | { type: 'message' | 'edited'; message: Delivered; at: Place }
  | { type: 'deleted'; id: string; at: Place }
  | { type: 'reaction'; id: string; reactions: readonly Reaction[]; at: Place }
  /** Everything up to a message is hidden from the user. */
  | { type: 'cleared'; upTo: Place; at: Place };

/** A request under way. */
export interface Ticket {
  epoch: number;
  since: number;
}

/** A part of a conversation without holes, kept as the server has it by events, pages and answers in any order. */
export interface Strip {
  readonly rows: readonly Row[];
  /** Whether messages that are sent are added to it. */
  readonly isLive: boolean;
  /** Whether the server has messages before it. */
  readonly hasOlder: boolean;
  /** Whether it holds messages that the server no longer holds: those before it are lost. */
  readonly hasLost: boolean;
  /** The places before which messages are missing, and whether for good. */
  readonly gaps: readonly { before: Place; isLost: boolean }[];
  /** Call it before a request for a page. */
  begin(): Ticket;
  /** False for a page that may lack what has happened since: read it again. */
  page(ticket: Ticket, page: Page): boolean;
  /** The request has failed. */
  drop(ticket: Ticket): void;
  /** True if it is a new message that is not added, since the strip does not reach that far. */
  event(change: Change): boolean;
  /** Whether a message that was among those that are read is gone. */
  isGone(id: string): boolean;
  /** Files as they were read again, as their URLs expire. */
  renew(message: Delivered): void;
  /** A message sent from here. It may overtake the events before it. */
  add(message: Delivered, at: Place): void;
  /** What was known at an earlier time, to be shown until a page has come. */
  restore(saved: readonly { data: Delivered; at: Place }[], hasOlder: boolean): void;
  /** Requests under way may lack what comes before the events that follow. */
  restart(): void;
  /** Events are missing: nothing is certain until it is read again. */
  gap(): void;
  /** Drops what is beyond this number of messages. */
  trim(max: number, side: 'oldest' | 'newest'): void;
  clear(): void;
}

/** Events kept for pages under way; beyond that, these are read again. */
const maxRecent = 2000;

/** How much of a message is shown where it is quoted. */
const maxQuote = 140;

/**
 * The law of merging. It rests on two properties of the server: ids rise in the order of sending, and a message that is gone does not
 * come back. Therefore
 * - a message is unknown, present or gone, in this order only: what a page lacks in its range is gone, and what is unknown in a range that
 *   was read is gone too;
 * - a row is kept current by events, of which each counts only if it is later than the row; pages add rows, and replace only those that
 *   events may have missed;
 * - onto each page the events are applied that came while it was under way;
 * - a page that was asked for before a gap, or before the events began, counts for nothing.
 */
export function createStrip(isEphemeral: () => boolean = () => false): Strip {
  let rows: readonly Row[] = [];
  /** What lies in it and is not among the rows is gone. */
  let covered: Range | undefined;
  /** Up to where the stale rows had no holes. */
  let staleTo: Place | undefined;
  let lost: readonly Place[] = [];
  let hasOlder = false;
  let isLive = false;
  let epoch = 0;
  let recent: Change[] = [];
  /** Messages sent from here that are gone before their events have come. */
  const goneEarly = new Set<string>();
  const tickets = new Set<Ticket>();

  const find = (id: string) => rows.find(({ data }) => data.id === id);

  function put(row: Row): void {
    let index = rows.length;
    while (index > 0 && compare(rows[index - 1]?.place ?? row.place, row.place) > 0) index -= 1;
    rows = [...rows.slice(0, index), row, ...rows.slice(index)];
  }

  const replace = (id: string, change: (row: Row) => Row) => {
    rows = rows.map((row) => (row.data.id === id ? change(row) : row));
  };

  /** Replies show how the message begins now, or that it is gone. */
  function requote(quote: Quote): void {
    if (!rows.some(({ data }) => data.replyTo?.id === quote.id)) return;
    rows = rows.map((row) =>
      row.data.replyTo?.id === quote.id ? { ...row, data: { ...row.data, replyTo: quote } } : row,
    );
  }

  function remove(isGone: (row: Row) => boolean): void {
    const gone = rows.filter(isGone);
    if (gone.length === 0) return;
    rows = rows.filter((row) => !isGone(row));
    for (const { data } of gone) requote({ id: data.id, isDeleted: true });
  }

  /** Only a message that nothing was known of: all others are present already, or gone. */
  function receive(message: Delivered, at: Place): boolean {
    const place = placeOf(message.id);
    if (!isLive) return !isWithin(place, covered) && !find(message.id);
    if (!covered || compare(place, covered.to) <= 0) return false;
    const row = { data: message, place, at, isStale: false };
    const known = find(message.id);
    const isGone = goneEarly.delete(message.id);
    if (!known && !isGone) put(row);
    else if (known?.isStale) replace(message.id, () => row);
    covered = { ...covered, to: place };
    return false;
  }

  function apply(change: Change): boolean {
    const { at } = change;
    switch (change.type) {
      case 'message':
        return receive(change.message, at);
      case 'deleted':
        if (isLive && covered && compare(placeOf(change.id), covered.to) > 0) goneEarly.add(change.id);
        remove(({ data }) => data.id === change.id);
        requote({ id: change.id, isDeleted: true });
        return false;
      case 'cleared':
        remove(({ place }) => compare(place, change.upTo) <= 0);
        return false;
      case 'edited': {
        const { id, author, text } = change.message;
        if (compare(at, find(id)?.at ?? at) > 0)
          replace(id, (row) => ({ ...row, at, data: { ...row.data, ...change.message } }));
        requote({ id, author, text: text.slice(0, maxQuote) });
        return false;
      }
      case 'reaction': {
        const { id, reactions } = change;
        if (compare(at, find(id)?.at ?? at) > 0)
          replace(id, (row) => ({ ...row, at, data: { ...row.data, reactions } }));
        return false;
      }
    }
  }

  /** The events since the request began. */
  function end(ticket: Ticket): readonly Change[] {
    const missed = recent.slice(ticket.since);
    tickets.delete(ticket);
    if (tickets.size === 0) recent = [];
    return missed;
  }

  /** Rows that the server no longer holds stay where they are, after what is missing if anything is. */
  function settle(range: Range): void {
    const isBefore = (row: Row) => compare(row.place, range.from) < 0;
    if (!staleTo || !rows.some((row) => row.isStale && isBefore(row))) return;
    if (compare(range.from, staleTo) > 0) lost = [...lost, range.from];
    rows = rows.map((row) => (row.isStale ? { ...row, isStale: false } : row));
  }

  function restart(): void {
    epoch += 1;
  }

  return {
    get rows() {
      return rows;
    },
    get isLive() {
      return isLive;
    },
    get hasOlder() {
      return hasOlder;
    },
    get hasLost() {
      const [first] = rows;
      return (
        first !== undefined && covered !== undefined && compare(first.place, covered.from) < 0 && !staleTo
      );
    },
    get gaps() {
      const gaps = lost.map((before) => ({ before, isLost: true }));
      const isOpen = staleTo && covered && compare(covered.from, justAfter(staleTo)) > 0;
      return isOpen ? [...gaps, { before: covered?.from ?? [0, 0], isLost: false }] : gaps;
    },

    begin() {
      const ticket = { epoch, since: recent.length };
      tickets.add(ticket);
      return ticket;
    },

    drop: (ticket) => void end(ticket),

    page(ticket, { messages, from, to, at, hasOlder: isMore, isNewest }) {
      const missed = end(ticket);
      if (ticket.epoch !== epoch) return false;
      const before = covered;
      const isApart =
        before && (compare(to, justBefore(before.from)) < 0 || compare(from, justAfter(before.to)) > 0);
      if (isApart) return true; // what was next to it has been dropped since
      // What an ephemeral room lacks before its oldest message was not deleted.
      const first = messages[0];
      const range = isEphemeral()
        ? first
          ? { from: laterOf(from, placeOf(first.id)), to }
          : { from: justAfter(to), to }
        : { from, to };
      const listed = new Map(messages.map((message) => [message.id, message]));
      /** Not read before, so that it is not among what has been lost since. */
      const isAdded = ({ place, isStale }: Row) => isStale && (!staleTo || compare(place, staleTo) > 0);
      remove((row) => {
        const isMissing = isWithin(row.place, { from, to }) && !listed.has(row.data.id);
        return isMissing && (isWithin(row.place, range) || isAdded(row));
      });
      // One that is older than the page would leave a hole.
      rows = rows.filter(
        (row) => compare(row.place, range.from) >= 0 || before !== undefined || !isAdded(row),
      );
      const known = new Map(rows.map((row) => [row.data.id, row]));
      for (const message of messages) {
        const row = { data: message, place: placeOf(message.id), at, isStale: false };
        const own = known.get(message.id);
        if (own?.isStale) replace(message.id, () => row);
        else if (!own && !isWithin(row.place, before)) put(row);
      }
      if (!before || compare(from, before.from) < 0) hasOlder = isMore;
      covered = before
        ? {
            from: compare(range.from, before.from) < 0 ? range.from : before.from,
            to: laterOf(range.to, before.to),
          }
        : range;
      if (isNewest) isLive = true;
      if (isEphemeral() && !hasOlder) settle(covered);
      if (!rows.some(({ isStale }) => isStale)) staleTo = undefined;
      for (const change of missed) apply(change);
      return true;
    },

    event(change) {
      if (tickets.size > 0) recent.push(change);
      if (recent.length > maxRecent) {
        recent = [];
        restart();
      }
      return apply(change);
    },

    isGone: (id) => isWithin(placeOf(id), covered) && !find(id),

    renew: ({ id, attachments }) => replace(id, (row) => ({ ...row, data: { ...row.data, attachments } })),

    add(message, at) {
      const place = placeOf(message.id);
      // What is still to be read may be older than the message.
      const isNewest = !covered || (isLive && compare(place, covered.to) > 0);
      if (isNewest && !find(message.id)) put({ data: message, place, at, isStale: !isLive });
    },

    restore(saved, isMore) {
      if (rows.length > 0 || covered) return;
      rows = saved.map(({ data, at }) => ({ data, at, place: placeOf(data.id), isStale: true }));
      hasOlder = isMore;
    },

    restart,

    gap() {
      restart();
      goneEarly.clear();
      const { from, to } = covered ?? {};
      // Of two places where something is missing only the later one is shown.
      if (staleTo && from && compare(from, staleTo) > 0) {
        rows = rows.filter(({ place }) => compare(place, from) >= 0);
        hasOlder = true;
      }
      staleTo = to ?? staleTo;
      covered = undefined;
      isLive = false;
      rows = rows.map((row) => (row.isStale ? row : { ...row, isStale: true }));
    },

    trim(max, side) {
      if (rows.length <= max) return;
      if (side === 'oldest') {
        rows = rows.slice(-max);
        const first = rows[0]?.place;
        if (!first) return;
        hasOlder = true;
        lost = lost.filter((place) => compare(place, first) > 0);
        // The first may be one whose events are still to come.
        const from = covered && compare(first, covered.to) > 0 ? justAfter(covered.to) : first;
        if (covered) covered = { ...covered, from: laterOf(covered.from, from) };
      } else {
        // Nothing is known of what lies before those that were added.
        rows = rows
          .filter((row) => row.isStale || !covered || compare(row.place, covered.to) <= 0)
          .slice(0, max);
        isLive = false;
        const last = rows.at(-1)?.place;
        if (!last) return;
        lost = lost.filter((place) => compare(place, last) <= 0);
        if (covered && compare(last, covered.to) < 0)
          covered = compare(last, covered.from) < 0 ? undefined : { ...covered, to: last };
      }
      if (!rows.some(({ isStale }) => isStale)) staleTo = undefined;
    },

    clear() {
      restart();
      goneEarly.clear();
      rows = [];
      lost = [];
      covered = undefined;
      staleTo = undefined;
      isLive = false;
      hasOlder = false;
    },
  };
}
