import { type Core, errorOf } from './core.ts';
import { toMessage } from './messages.ts';
import { fromInbox, fromRoom } from './source.ts';
import type { Search, SearchHit, SearchSnapshot, Target } from './types.ts';

/** After the last letter. */
const waitMs = 200;
const pageSize = 20;

const idle: SearchSnapshot = { status: 'idle', query: '', hits: [], hasMore: false, error: null };

/** What is still to be read of rooms and inbox; null: nothing. */
interface Cursors {
  rooms: string | null | undefined;
  inbox: string | null | undefined;
}

export function createSearch(core: Core, target: Target | undefined): Search {
  const cell = core.cell(idle);
  const { chat, inbox } = core.client;
  let turn = 0;
  let cursors: Cursors = { rooms: undefined, inbox: undefined };
  /** Found in one, and older than what the next page of the other may bring. */
  let cancel = () => {};
  let isLoadingMore = false;

  const shown = { me: '', peerReadUpTo: null, overlays: new Map() };
  const context = () => ({ ...shown, me: core.me.getSnapshot() ?? '' });

  async function inRooms(
    query: string,
    cursor: string | undefined,
  ): Promise<{ hits: SearchHit[]; next: string | null }> {
    const where = target && 'roomId' in target ? { roomId: target.roomId } : {};
    const page = await core.call(() =>
      chat.search.query({ query, limit: pageSize, ...where, ...(cursor !== undefined && { cursor }) }),
    );
    const hits = page.hits.map(({ message, ranges }) => {
      return { target: { roomId: message.roomId }, message: toMessage(fromRoom(message), context()), ranges };
    });
    return { hits, next: page.nextCursor };
  }

  async function inInbox(
    query: string,
    cursor: string | undefined,
  ): Promise<{ hits: SearchHit[]; next: string | null }> {
    const where = target && 'peer' in target ? { with: target.peer } : {};
    const page = await core.call(() =>
      inbox.search.query({ query, limit: pageSize, ...where, ...(cursor !== undefined && { cursor }) }),
    );
    const hits = page.hits.map(({ message, ranges }) => {
      const peer = message.sender === context().me ? message.recipient : message.sender;
      return { target: { peer }, message: toMessage(fromInbox(message), context()), ranges };
    });
    return { hits, next: page.nextCursor };
  }

  const nothing = Promise.resolve({ hits: [] as SearchHit[], next: null });

  /** Both at once, merged by date. */
  async function read(query: string, own: number, before: readonly SearchHit[]): Promise<void> {
    const { rooms, inbox: peers } = cursors;
    const hasRooms = rooms !== null && !(target && 'peer' in target);
    const hasPeers = peers !== null && !(target && 'roomId' in target);
    try {
      const [ofRooms, ofPeers] = await Promise.all([
        hasRooms ? inRooms(query, rooms) : nothing,
        hasPeers ? inInbox(query, peers) : nothing,
      ]);
      if (own !== turn) return; // superseded
      cursors = { rooms: ofRooms.next, inbox: ofPeers.next };
      const hits = [...before, ...ofRooms.hits, ...ofPeers.hits].sort((a, b) =>
        a.message.createdAt < b.message.createdAt ? 1 : -1,
      );
      cell.set({
        status: 'ready',
        query,
        hits,
        hasMore: ofRooms.next !== null || ofPeers.next !== null,
        error: null,
      });
    } catch (cause) {
      if (own === turn) cell.set({ ...cell.getSnapshot(), status: 'failed', error: errorOf(cause) });
    }
  }

  return {
    getSnapshot: cell.getSnapshot,
    subscribe: cell.subscribe,
    setQuery(given) {
      const query = given.trim();
      if (query === cell.getSnapshot().query && cell.getSnapshot().status !== 'failed') return;
      cancel();
      turn += 1;
      const own = turn;
      if (query === '' || core.isEnded) return cell.set(idle);
      cell.set({ ...cell.getSnapshot(), status: 'loading', query, error: null });
      cancel = core.timer(() => {
        cursors = { rooms: undefined, inbox: undefined };
        void read(query, own, []);
      }, waitMs);
    },
    loadMore() {
      const { status, hasMore, query, hits } = cell.getSnapshot();
      if (status !== 'ready' || !hasMore || isLoadingMore) return;
      isLoadingMore = true;
      void read(query, turn, hits).finally(() => {
        isLoadingMore = false;
      });
    },
  };
}
