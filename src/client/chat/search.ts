import type { Core, Work } from './core.ts';
import { createPagedList } from './list.ts';
import { toMessage } from './messages.ts';
import { compare, placeOf } from './place.ts';
import { fromInbox, fromRoom, keyOf } from './source.ts';
import type { Change, Delivered } from './strip.ts';
import type { Search, SearchHit, SearchSnapshot, Target } from './types.ts';

/** What has happened in a conversation. */
export interface SearchEvent {
  at: Target;
  change: Change;
}

interface Options {
  rooms: Work;
  inbox: Work;
  /** Are told that events are missing. */
  gapListeners: Set<() => void>;
  watchers: Set<(event: SearchEvent) => void>;
}

/** After the last letter. */
const waitMs = 200;
/** Pages without hits that are skipped at a time. */
const maxSkipped = 10;

interface Found<M> {
  message: M;
  ranges: SearchHit['ranges'];
}
type Call<M> = (page: {
  query: string;
  cursor: string | undefined;
}) => Promise<{ hits: Found<M>[]; nextCursor: string | null }>;

/** Reads a page of rooms or inbox, and gives what reads the next one. */
type Read = () => Promise<{ hits: SearchHit[]; next: Read[] }>;

const byDate = (a: SearchHit, b: SearchHit) =>
  Date.parse(b.message.createdAt) - Date.parse(a.message.createdAt);

export function createSearch(
  core: Core,
  where: Target | 'rooms' | 'inbox' | undefined,
  { rooms, inbox, gapListeners, watchers }: Options,
): Search {
  const { client } = core;
  const { roomId, peer } = (typeof where === 'object' ? where : {}) as { roomId?: number; peer?: string }; // safe: one of them
  let query = '';
  /** What has happened since a page was asked for, which may be from before that. */
  let events: SearchEvent[] = [];

  const me = () => core.me.getSnapshot() ?? '';
  const hitOf = (target: Target, message: Delivered, ranges: SearchHit['ranges']): SearchHit => ({
    target,
    message: toMessage(message, { me: me(), peerReadUpTo: null, overlays: new Map() }),
    ranges,
  });

  const reading =
    <M>(search: Call<M>, toHit: (found: Found<M>) => SearchHit, cursor?: string): Read =>
    async () => {
      const { hits, nextCursor } = await core.call(() => search({ query, cursor }));
      return {
        hits: hits.map(toHit),
        next: nextCursor === null ? [] : [reading(search, toHit, nextCursor)],
      };
    };

  const works: Work[] = [];
  const first: Read[] = [];
  if (where !== 'inbox' && peer === undefined) {
    works.push(rooms);
    first.push(
      reading(
        (page) => client.chat.search.query({ ...page, roomId }),
        ({ message, ranges }) => hitOf({ roomId: message.roomId }, fromRoom(message), ranges),
      ),
    );
  }
  if (where !== 'rooms' && roomId === undefined) {
    works.push(inbox);
    first.push(
      reading(
        (page) => client.inbox.search.query({ ...page, with: peer }),
        ({ message, ranges }) =>
          hitOf(
            { peer: message.sender === me() ? message.recipient : message.sender },
            fromInbox(message),
            ranges,
          ),
      ),
    );
  }

  const apply = (hits: readonly SearchHit[], { at, change }: SearchEvent): readonly SearchHit[] =>
    hits.flatMap((hit) => {
      const { editedAt } = hit.message;
      const id = hit.message.id ?? ''; // what was found is delivered
      if (keyOf(hit.target) !== keyOf(at)) return hit;
      if (change.type === 'deleted' && change.id === id) return [];
      if (change.type === 'cleared' && compare(placeOf(id), change.upTo) <= 0) return [];
      if (change.type !== 'edited' || change.message.id !== id) return hit;
      // Where the words are now, if they still are, only a new search would tell.
      return (change.message.editedAt ?? '') > (editedAt ?? '') ? hitOf(at, change.message, []) : hit;
    });

  /** The next page with hits: those without are not the end. */
  async function read(next = query === '' ? [] : first) {
    const own = query;
    let items: readonly SearchHit[] = [];
    events = [];
    for (let skipped = 0; next.length > 0 && items.length === 0 && skipped < maxSkipped; skipped += 1) {
      const pages = await Promise.all(next.map((one) => one()));
      if (query !== own) break; // superseded
      next = pages.flatMap((page) => page.next);
      items = pages.flatMap(({ hits }) => hits);
    }
    return { items: events.reduce(apply, items), next: next.length > 0 ? next : null };
  }

  const watching = core.work(() => {
    watchers.add(watch);
    return () => watchers.delete(watch);
  });

  function watch(event: SearchEvent): void {
    if (event.change.type !== 'message') events.push(event);
    const { items } = list.getSnapshot();
    const now = apply(items, event);
    if (items.some((hit, index) => hit !== now[index])) list.set({ items: now });
  }

  const list = createPagedList(core, read, {
    works: [...works, watching],
    listeners: gapListeners,
    sort: (items) => items.sort(byDate),
  });
  const set = (fields: Partial<SearchSnapshot>) => list.set(fields);
  set({ query });

  return {
    ...list,
    getSnapshot: list.getSnapshot as () => SearchSnapshot, // safe: the query is set
    setQuery(given) {
      if (query === given.trim()) return;
      query = given.trim();
      set({ query, status: 'loading' });
      list.reload(query === '' ? 0 : waitMs);
    },
  };
}
