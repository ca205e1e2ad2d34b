import type { Core } from './core.ts';
import type { Part } from './parts.ts';
import { keyOf } from './source.ts';
import type { Store } from './store.ts';
import type { PeerSummary, RoomSummary, Target } from './types.ts';

/** Received messages that outlive the page: what was shown last of the conversations that were shown last. */
export interface Cache {
  of(target: Target): Part | undefined;
  readonly lists: Lists | undefined;
  /** Writes what there is soon, together with others, or at once, because something of it is gone. */
  save(target: Target, part: Part, isUrgent: boolean): void;
  saveLists(lists: Lists): void;
  drop(target: Target): void;
}

export interface Lists {
  rooms: readonly RoomSummary[];
  inbox: readonly PeerSummary[];
}

interface Entry {
  part: Part;
  savedAt: number;
}

const saveMs = 1000;
const maxConversations = 20;
const maxAgeMs = 7 * 24 * 3_600_000;
const maxLength = 5_000_000;

/** URLs of files expire, and open the files to whoever has them. */
function withoutUrls({ rows, hasOlder }: Part): Part {
  return {
    hasOlder,
    rows: rows.map(({ at, data }) => ({
      at,
      data: {
        ...data,
        attachments: data.attachments.map(({ previewUrl: _, largePreviewUrl: __, ...file }) => {
          return { ...file, url: '' };
        }),
      },
    })),
  };
}

const withoutPreviews = ({ rooms, inbox }: Lists): Lists => ({
  rooms: rooms.map((room) => ({ ...room, lastMessage: null })),
  inbox: inbox.map((peer) => ({ ...peer, lastMessage: null })),
});

export async function openCache(core: Core, store: Store): Promise<Cache> {
  const { now } = core.clock;
  const found = await store.list('messages/');
  const entries = new Map([...found] as [string, Entry][]); // safe: as they were stored
  const lists = (await store.list('lists')).get('') as Lists | undefined; // safe: as they were stored
  /** What is to be written; undefined deletes. */
  let changes: Record<string, unknown> = {};
  let cancel: (() => void) | undefined;

  function write(): void {
    cancel?.();
    cancel = undefined;
    prune();
    void store.write(changes);
    changes = {};
  }

  function drop(key: string): void {
    entries.delete(key);
    changes[`messages/${key}`] = undefined;
  }

  function prune(): void {
    let length = 0;
    const newest = [...entries].sort(([, a], [, b]) => b.savedAt - a.savedAt);
    for (const [index, [key, entry]] of newest.entries()) {
      length += JSON.stringify(entry.part).length;
      if (index >= maxConversations || now() - entry.savedAt > maxAgeMs || length > maxLength) drop(key);
    }
  }

  core.onEnd(() => {
    // A session that is over leaves nothing that was received; the page's end leaves it for the next one.
    if (core.state.getSnapshot().error) {
      for (const key of entries.keys()) drop(key);
      changes.lists = undefined;
    }
    write();
  });
  write();

  return {
    lists,
    of: (target) => entries.get(keyOf(target))?.part,
    save(target, part, isUrgent) {
      if (core.isEnded) return;
      const entry: Entry = { part: withoutUrls(part), savedAt: now() };
      entries.set(keyOf(target), entry);
      changes[`messages/${keyOf(target)}`] = entry;
      if (isUrgent) write();
      else cancel ??= core.timer(write, saveMs);
    },
    saveLists(given) {
      if (core.isEnded) return;
      changes.lists = withoutPreviews(given);
      cancel ??= core.timer(write, saveMs);
    },
    drop(target) {
      if (core.isEnded || !entries.has(keyOf(target))) return;
      drop(keyOf(target));
      write();
    },
  };
}
