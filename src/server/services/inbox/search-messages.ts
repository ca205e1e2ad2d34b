import { AnswerRows } from '../../core/answer-size.ts';
import { AppError } from '../../core/errors.ts';
import { findRanges, parseQuery, type Query, type Range, rankOf } from '../../core/search/query.ts';
import { yieldIfBusy } from '../../core/slices.ts';
import type { Deps } from '../shared/deps.ts';
import { foundTexts, SearchWork } from '../shared/found-texts.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import type { InboxMessage } from './inbox-rows.ts';
import { findInboxMessages, maxFound } from './list-messages.ts';
import { positionOf, readMark } from './positions.ts';
import { inboxTexts, maxRowId } from './search-texts.ts';

/** A message with the text that was looked for. */
export interface SearchHit {
  message: InboxMessage;
  /** Where it is in the message's text, in UTF-16 units. */
  ranges: Range[];
}

export interface SearchPage {
  hits: SearchHit[];
  /** Null on the last page, which alone says that there is no more: a page may hold few hits, or none. */
  nextCursor: string | null;
  /** Where in the order of changes the page is true. */
  position: string;
}

export type SearchOrder = 'newest' | 'rank';

interface SearchInput {
  query: string;
  /** Only messages exchanged with this user. */
  with?: string | undefined;
  limit: number;
  cursor?: string | undefined;
  order: SearchOrder;
  /** Aborts when the caller is gone. */
  signal?: AbortSignal | undefined;
}

/** Ranking considers this many of the newest hits. */
const maxRanked = 10_000;

/** Messages that one call looks at, so that no query keeps the server busy for long. */
const maxLookedAt = { newest: 20_000, rank: 40_000 };

/** Messages that the user sees and that have all words of the query in them, whole or as parts of words. */
export async function searchInbox(
  deps: Pick<Deps, 'sql' | 'fileUrls' | 'inboxSearch' | 'limits' | 'metrics' | 'userLists'>,
  username: string,
  input: SearchInput,
): Promise<SearchPage> {
  await requireWithinLimit(deps, 'search', username);
  const query = parseQuery(input.query);
  if (!query) throw new AppError('INVALID_INPUT', { message: 'the query is empty' });
  await deps.userLists.enter(username);
  try {
    const position = positionOf(await readMark(deps));
    const { places, rest } =
      input.order === 'newest'
        ? await newest(deps, username, query, input)
        : await ranked(deps, username, query, input);
    const page = await readHits(deps, username, query, places);
    return { hits: page.hits, nextCursor: page.cutAt ?? rest, position };
  } finally {
    deps.userLists.leave(username);
  }
}

/** A message that was found, and the cursor of what comes after it. */
interface Place {
  id: number;
  cursor: string;
}

interface Places {
  places: Place[];
  /** Where to go on after all of them. */
  rest: string | null;
}

type SearchDeps = Pick<Deps, 'sql' | 'inboxSearch'>;

async function newest(
  deps: SearchDeps,
  username: string,
  query: Query,
  { with: peer, limit, cursor, signal }: SearchInput,
): Promise<Places> {
  const [given] = readCursor(/^(\d{1,10})$/, cursor) ?? [];
  const before = Math.min(given ?? maxRowId, maxRowId);
  const places: Place[] = [];
  const work = new SearchWork(query, { maxLookedAt: maxLookedAt.newest, signal });
  let reached = before;
  for await (const { found, edge } of foundTexts(
    inboxTexts(deps, { username, peer, signal }),
    work,
    before,
  )) {
    for (const { id } of found) {
      if (places.length === limit) return { places, rest: places.at(-1)?.cursor ?? null };
      places.push({ id, cursor: String(id) });
    }
    reached = edge;
  }
  return { places, rest: work.isOver ? String(reached) : null };
}

async function ranked(
  deps: SearchDeps,
  username: string,
  query: Query,
  { with: peer, limit, cursor, signal }: SearchInput,
): Promise<Places> {
  const [afterRank, afterId] = readCursor(/^(\d{1,10})\.(\d{1,10})$/, cursor) ?? [
    Number.POSITIVE_INFINITY,
    0,
  ];
  const all: { id: number; rank: number }[] = [];
  const work = new SearchWork(query, { maxLookedAt: maxLookedAt.rank, signal });
  const slices = foundTexts(inboxTexts(deps, { username, peer, signal }), work, maxRowId);
  collect: for await (const { found } of slices)
    for (const { id, text } of found) {
      if (all.length === maxRanked) break collect;
      all.push({ id, rank: rankOf(query, text) });
    }
  const places = all
    .filter(({ id, rank }) => rank < (afterRank ?? 0) || (rank === afterRank && id < (afterId ?? 0)))
    .sort((a, b) => b.rank - a.rank || b.id - a.id)
    .slice(0, limit + 1)
    .map(({ id, rank }) => ({ id, cursor: `${rank}.${id}` }));
  const page = places.slice(0, limit);
  return { places: page, rest: places.length > limit ? (page.at(-1)?.cursor ?? null) : null };
}

/** Undefined without one. */
function readCursor(form: RegExp, cursor: string | undefined): number[] | undefined {
  if (cursor === undefined) return undefined;
  const match = form.exec(cursor);
  if (!match) throw new AppError('INVALID_INPUT', { message: 'unknown cursor' });
  return match.slice(1).map(Number);
}

/** The messages as they are now: one that was deleted or edited meanwhile is left out if it is no hit any more. */
async function readHits(
  deps: Pick<Deps, 'sql' | 'fileUrls'>,
  username: string,
  query: Query,
  places: Place[],
): Promise<{ hits: SearchHit[]; cutAt: string | undefined }> {
  const answer = new AnswerRows<SearchHit>();
  const ids = places.slice(0, maxFound).map(({ id }) => id);
  const messages = new Map(
    (await findInboxMessages(deps, username, ids)).map((message) => [message.id, message]),
  );
  let last: string | undefined;
  for (const { id, cursor } of places) {
    const message = messages.get(id);
    await yieldIfBusy();
    const ranges = message && findRanges(query, message.text);
    if (message && ranges && !answer.add([{ message, ranges }])) return { hits: answer.rows, cutAt: last };
    last = cursor;
  }
  return { hits: answer.rows, cutAt: undefined };
}
