import fc from 'fast-check';
import { expect } from 'vitest';
import { beginning, justAfter, justBefore, type Place, placeOf } from '../../../src/client/chat/place.ts';
import type { Change, Delivered, Page, Strip, Ticket } from '../../../src/client/chat/strip.ts';

/** As `room`, messages and changes are in one order, and events end with a gap; as `inbox` they are counted apart. */
export type Kind = 'room' | 'ephemeral' | 'inbox';

const pick = fc.nat(30);
export const step = fc.oneof(
  fc.record({ do: fc.constantFrom('send', 'send', 'sendOwn') }),
  fc.record({ do: fc.constantFrom('edit', 'react', 'delete', 'other'), pick }),
  fc.record({ do: fc.constant('deliver'), pick: fc.integer({ min: 1, max: 4 }) }),
  fc.record({ do: fc.constantFrom('cut', 'gap'), pick: fc.nat(3) }),
  fc.record({ do: fc.constantFrom('newest', 'older', 'newer') }),
  fc.record({ do: fc.constantFrom('serve', 'answer', 'lose'), pick }),
  fc.record({ do: fc.constantFrom('trimOldest', 'trimNewest', 'evict'), pick: fc.nat(4) }),
);
export type Step = { do: string; pick?: number };
export const steps: fc.Arbitrary<Step[]> = fc.array(step, { maxLength: 60, size: 'max' });

interface Request {
  ticket: Ticket;
  wanted: { before?: string; after?: string };
  page?: Page;
}

interface Held {
  id: number;
  version: number;
  emoji: number;
}

const pageSize = 3;

/** A message of one's own that nothing has happened to. */
export const delivered = (id: string, text: string): Delivered => ({
  id,
  author: 'ada',
  text,
  createdAt: '',
  editedAt: null,
  replyTo: null,
  reactions: [],
  mentions: [],
  mentionsRoom: false,
  attachments: [],
  clientId: undefined,
  event: undefined,
  isBot: false,
});

/** A server, its events and its pages, on their way to one strip. Throws where what is shown is not what it may be. */
export function run(strip: Strip, kind: Kind, list: readonly Step[]): void {
  const held = new Map<number, Held>();
  const log: { type: 'message' | 'edited' | 'reaction' | 'deleted' | 'other'; id: number; at: number }[] = [];
  const requests: Request[] = [];
  const shown = new Map<string, number>();
  const toldGone = new Set<string>();
  let [counter, messages, changes] = [0, 0, 0];
  let read = 0;
  let hasBegun = false;
  /** Where events began, or where a gap ended: what is before does not come again. */
  let origin = 0;
  let startAt = 0;
  let toldUpTo = 0;

  const dataOf = ({ id, version, emoji }: Held): Delivered => ({
    ...delivered(String(id), `${version}`),
    reactions: [{ emoji: String(emoji), users: [] }],
  });

  const nextMessage = () => (kind === 'inbox' ? ++messages : ++counter);
  const nextChange = () => (kind === 'inbox' ? ++changes : ++counter);

  function send(): Held {
    const message = { id: nextMessage(), version: 0, emoji: 0 };
    held.set(message.id, message);
    log.push({ type: 'message', id: message.id, at: kind === 'inbox' ? changes : message.id });
    if (kind === 'ephemeral' && held.size > 6) held.delete([...held.keys()][0] ?? 0);
    return message;
  }

  function change(type: 'edited' | 'reaction' | 'deleted', choice: number): void {
    const ids = [...held.keys()];
    const message = held.get(ids[choice % ids.length] ?? -1);
    if (!message) return;
    if (type === 'edited') message.version += 1;
    else if (type === 'reaction') message.emoji += 1;
    else held.delete(message.id);
    log.push({ type, id: message.id, at: nextChange() });
  }

  /** What an event says is as it is when the event is read, which is later than its place. */
  function deliver(): void {
    const { type, id, at } = log[read++] ?? { type: 'other', id: 0, at: 0 };
    // The position of a message knows only of the changes that the reader was told of.
    const place: Place = [kind === 'inbox' && type === 'message' ? Math.max(startAt, toldUpTo) : at, 0];
    if (type !== 'message' && type !== 'other') toldUpTo = Math.max(toldUpTo, at);
    const message = held.get(id);
    let event: Change | undefined;
    if (type === 'deleted') event = { type, id: String(id), at: place };
    else if (message && type === 'reaction')
      event = { type, id: String(id), reactions: dataOf(message).reactions, at: place };
    else if (message && (type === 'message' || type === 'edited'))
      event = { type, message: dataOf(message), at: place };
    if (event) strip.event(event);
    if (type === 'deleted') toldGone.add(String(id));
  }

  function serve(request: Request): void {
    const { before, after } = request.wanted;
    const all = [...held.values()].filter(
      ({ id }) =>
        (before === undefined || id < Number(before)) && (after === undefined || id > Number(after)),
    );
    const forward = after !== undefined;
    const some = forward ? all.slice(0, pageSize) : all.slice(-pageSize);
    const isWhole = some.length === all.length;
    const upTo: Place = [kind === 'inbox' ? messages : counter, 0];
    const edge = (message: Held | undefined): Place => (message ? [message.id, 0] : upTo);
    request.page = {
      from: forward ? justAfter(placeOf(after)) : isWhole ? beginning : edge(some[0]),
      to: before !== undefined ? justBefore(placeOf(before)) : forward && !isWhole ? edge(some.at(-1)) : upTo,
      messages: some.map(dataOf),
      at: kind === 'inbox' ? [changes, 0] : upTo,
      hasOlder: forward || !isWhole,
      isNewest: before === undefined && (!forward || isWhole),
    };
  }

  function answer(request: Request): void {
    if (!request.page) serve(request);
    if (!request.page || !strip.page(request.ticket, request.page) || hasBegun) return;
    // Events continue from the first page.
    hasBegun = true;
    const [upTo] = request.page.to;
    const [at] = request.page.at;
    read = log.findIndex((entry) =>
      entry.type === 'message' && kind === 'inbox' ? entry.id > upTo : entry.at > at,
    );
    if (read < 0) read = log.length;
    origin = read;
    startAt = at;
    strip.restart();
  }

  function ask(wanted: Request['wanted']): void {
    if (requests.length < 4) requests.push({ ticket: strip.begin(), wanted });
  }

  const fresh = () => strip.rows.filter(({ isStale }) => !isStale).map(({ data }) => data.id);

  function check(): void {
    const ids = strip.rows.map(({ data }) => Number(data.id));
    expect(
      [...ids].sort((a, b) => a - b),
      'in order, each once',
    ).toEqual([...new Set(ids)]);
    for (const { data } of strip.rows) {
      expect(toldGone.has(data.id), `${data.id} is back`).toBe(false);
      const version = Number(data.text);
      expect(version, `${data.id} shows an older text again`).toBeGreaterThanOrEqual(shown.get(data.id) ?? 0);
      shown.set(data.id, version);
    }
    if (strip.rows.length === 0) shown.clear();
  }

  for (const { do: what, pick: choice = 0 } of list) {
    if (what === 'send') send();
    else if (what === 'sendOwn') {
      const message = send();
      // The answer may overtake the events before it.
      strip.add(dataOf(message), [kind === 'inbox' ? changes : message.id, 0]);
    } else if (what === 'edit') change('edited', choice);
    else if (what === 'react') change('reaction', choice);
    else if (what === 'delete') change('deleted', choice);
    else if (what === 'other') log.push({ type: 'other', id: 0, at: nextChange() });
    else if (what === 'deliver')
      for (let n = 0; n < choice && hasBegun && read < log.length; n += 1) deliver();
    else if (what === 'cut' && hasBegun) read = Math.max(origin, read - choice);
    else if (what === 'gap' && hasBegun) {
      read = log.length;
      origin = read;
      startAt = changes;
      strip.gap();
    } else if (what === 'newest') ask({});
    else if (what === 'older' && fresh()[0] !== undefined) ask({ before: fresh()[0] ?? '' });
    else if (what === 'newer' && fresh().length > 0) ask({ after: fresh().at(-1) ?? '' });
    else if (what === 'serve' && requests.length > 0) {
      const request = requests[choice % requests.length];
      if (request && !request.page) serve(request);
    } else if (what === 'answer' && requests.length > 0) {
      const [request] = requests.splice(choice % requests.length, 1);
      if (request) answer(request);
    } else if (what === 'lose' && requests.length > 0) {
      const [request] = requests.splice(choice % requests.length, 1);
      if (request) strip.drop(request.ticket);
    } else if (what === 'trimOldest') strip.trim(choice + 1, 'oldest');
    else if (what === 'trimNewest') strip.trim(choice + 1, 'newest');
    else if (what === 'evict') {
      strip.clear();
      shown.clear();
    }
    check();
  }

  for (const request of requests.splice(0)) {
    answer(request);
    check();
  }
  while (hasBegun && read < log.length) {
    deliver();
    check();
  }
  // Whatever has been lost, reading to both ends makes it whole.
  for (let turn = 0; turn < 200; turn += 1) {
    const isWhole = strip.isLive && !strip.hasOlder && !strip.rows.some(({ isStale }) => isStale);
    if (isWhole) break;
    const ids = fresh();
    if (!strip.isLive && ids.length === 0) strip.clear();
    if (ids[0] === undefined) ask({});
    else ask(strip.isLive ? { before: ids[0] } : { after: ids.at(-1) ?? '' });
    for (const request of requests.splice(0)) answer(request);
    while (hasBegun && read < log.length) deliver();
    check();
  }
  const expected = [...held.values()].map(dataOf);
  const result = strip.rows.map(({ data }) => data);
  if (kind === 'ephemeral') {
    // What is no longer held may stay.
    const first = Number(expected[0]?.id ?? Number.POSITIVE_INFINITY);
    expect(result.filter(({ id }) => Number(id) >= first)).toEqual(expected);
  } else expect(result).toEqual(expected);
}
