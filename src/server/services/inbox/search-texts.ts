import { fold } from '../../core/search/fold.ts';
import type { Query } from '../../core/search/query.ts';
import { type Gram, gramsOf, overlap } from '../../core/search/tokens.ts';
import { readInSlices, yieldIfBusy, yieldTurn } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { paddedList } from '../../infra/db/padded-list.ts';
import { minIndexed } from '../../infra/search/inbox-search.ts';
import { searchedText } from '../../infra/search/search-index.ts';
import type { Deps } from '../shared/deps.ts';
import { isVisible, ownConversation } from './inbox-rows.ts';

/** A text that the user sees and that has all terms of the query in it. */
export interface FoundText {
  id: number;
  text: string;
}

interface Search {
  username: string;
  query: Query;
  /** Only messages exchanged with this user. */
  peer?: string | undefined;
  /** Only messages with smaller ids. */
  before?: number | undefined;
  signal?: AbortSignal | undefined;
  /** How many messages are looked at before the search stops. */
  maxLookedAt: number;
}

interface TextRow {
  id: number | bigint;
  text: string;
  is_visible: boolean | number | bigint;
}

/** Messages read by one statement. */
const sliceSize = 100;

/** The newest messages are read without the index: they contain most hits of common terms, and show which are rare. */
const sampleSize = 100;

/** Looking into one part of the index counts as much as looking at these many messages. */
const partCost = 20;

/** The index is queried for at most so many of the rarest sequences. They overlap only if there would be too few otherwise. */
const maxGrams = 4;
const minGrams = 2;

/** No row has this id. */
export const maxRowId = 2 ** 31 - 1;

type SearchDeps = Pick<Deps, 'sql' | 'inboxSearch'>;

/**
 * What a search finds, newest first, in slices. `stoppedAt` then says before which message it goes on, if it stopped early.
 *
 * The newest messages are read one by one; so are those that are not in the index, for whatever reason. For all others the
 * index names candidates. Every text is compared with the query itself, so the index decides about speed alone.
 */
export function foundTexts(
  deps: SearchDeps,
  search: Search,
): { slices: AsyncGenerator<FoundText[], void>; stoppedAt(): number | undefined } {
  let stoppedAt: number | undefined;
  let lookedAt = 0;

  function isOver(edge: number): boolean {
    if (lookedAt < search.maxLookedAt) return false;
    stoppedAt = edge;
    return true;
  }

  async function* slices(): AsyncGenerator<FoundText[], void> {
    const { username, query, signal } = search;
    const parts = await partsFor(deps, search);
    const readyId = parts[0]?.readyId ?? 0;
    const sample: string[] = [];
    let edge = search.before ?? maxRowId;
    let unindexed = 0;

    /** Reads messages one by one, until the index may take over. */
    async function* read(until: number): AsyncGenerator<FoundText[], void> {
      for await (const rows of readNewest(deps, { ...search, before: edge })) {
        lookedAt += rows.length;
        edge = Number(rows.at(-1)?.id ?? edge);
        unindexed += rows.filter(({ id }) => Number(id) > until).length;
        yield await matching(query, rows, { signal, sample: sample.length < sampleSize ? sample : [] });
        if ((edge <= until && lookedAt >= sampleSize) || isOver(edge)) return;
      }
    }

    yield* read(readyId);
    // If the user has few messages, all have been read by now.
    if (unindexed > (parts.length > 0 ? sliceSize : minIndexed / 2)) deps.inboxSearch.want(username);
    if (stoppedAt !== undefined) return;

    const grams = rarest(gramsOf(query.terms), sample);
    for (const part of parts) {
      if (part.firstId >= edge) continue;
      for (let isWhole = false; !isWhole; ) {
        await yieldIfBusy(signal);
        const ids = await deps.inboxSearch.find(part, grams, { before: edge, limit: sliceSize });
        if (ids === undefined) return yield* read(0);
        lookedAt += ids.length + partCost;
        isWhole = ids.length < sliceSize;
        edge = isWhole ? part.firstId : (ids.at(-1) ?? part.firstId);
        if (ids.length > 0)
          yield await matching(query, await readCandidates(deps, search, ids), { signal, sample: [] });
        if (isOver(edge)) return;
      }
    }
  }

  return { slices: slices(), stoppedAt: () => stoppedAt };
}

/** The parts of the index to look into. None where reading the messages is no more work. */
async function partsFor({ sql, inboxSearch }: SearchDeps, { username, query, peer }: Search) {
  if (query.folding === 'signs') return [];
  if (peer !== undefined) {
    const [own] = await sql<{ total: number | bigint }>(Prisma.sql`
      SELECT total FROM inbox_conversations WHERE username = ${username} AND peer = ${peer}`);
    if (Number(own?.total ?? 0) < minIndexed) return [];
  }
  return inboxSearch.parts(username);
}

const oneCharacter = /^.?$/u;

/**
 * Those sequences that the fewest texts of a sample have, and of these the longest. One that overlaps another costs as much
 * as any, and rules out little.
 */
function rarest(grams: Gram[], sample: string[]): Gram[] {
  const sorted = grams
    .map((gram) => ({
      gram,
      count: sample.reduce((count, text) => count + (text.includes(gram.text) ? 1 : 0), 0),
      isShort: oneCharacter.test(gram.text),
    }))
    .sort((a, b) => Number(a.isShort) - Number(b.isShort) || a.count - b.count)
    .map(({ gram }) => gram);
  const chosen: Gram[] = [];
  for (const gram of sorted) if (!chosen.some((other) => overlap(gram, other))) chosen.push(gram);
  const others = sorted.filter((gram) => !chosen.includes(gram));
  return [...chosen.slice(0, maxGrams), ...others.slice(0, Math.max(0, minGrams - chosen.length))];
}

/** Long texts take longer to compare, so other work runs in between. */
const maxCompared = 100_000;

/** Those that the user sees and that have all terms, newest first. Adds what it compared to the sample. */
async function matching(
  { terms, folding }: Query,
  rows: TextRow[],
  { signal, sample }: { signal: AbortSignal | undefined; sample: string[] },
): Promise<FoundText[]> {
  const found: FoundText[] = [];
  let compared = 0;
  for (const { id, text, is_visible: isSeen } of rows) {
    const folded = fold(text, folding);
    sample.push(folded);
    if (isSeen && terms.every((term) => folded.includes(term))) found.push({ id: Number(id), text });
    compared += text.length;
    if (compared > maxCompared) {
      compared = 0;
      await yieldTurn(signal);
    }
  }
  return found;
}

const columns = (username: string) => Prisma.sql`
  m.id, ${searchedText(Prisma.raw('m.message'))} AS text, ${isVisible(Prisma.raw('m'), username)} AS is_visible`;

/** Messages of the user, or of one conversation, newest first. */
function readNewest(
  { sql }: Pick<Deps, 'sql'>,
  { username, peer, before, signal }: Search & { before: number },
): AsyncGenerator<TextRow[], void> {
  const sides = sidesOf(username, peer);
  return readInSlices({
    size: sliceSize,
    keyOf: ({ id }: TextRow) => Number(id),
    signal,
    read(edge) {
      const idsOf = (side: Prisma.Sql) => Prisma.sql`
        SELECT id FROM (SELECT id FROM inbox_messages WHERE ${side} AND id < ${edge ?? before} ORDER BY id DESC LIMIT ${sliceSize}) AS side`;
      return sql<TextRow>(Prisma.sql`
        SELECT ${columns(username)}
        FROM (${Prisma.join(sides.map(idsOf), ' UNION ')} ORDER BY id DESC LIMIT ${sliceSize}) AS page
        JOIN inbox_messages m ON m.id = page.id ${ownConversation(username)}
        ORDER BY m.id DESC`);
    },
  });
}

/** The two directions of an inbox, or of one conversation. */
const sidesOf = (username: string, peer: string | undefined): [Prisma.Sql, Prisma.Sql] =>
  peer === undefined
    ? [Prisma.sql`sender = ${username}`, Prisma.sql`recipient = ${username}`]
    : [
        Prisma.sql`sender = ${username} AND recipient = ${peer}`,
        Prisma.sql`sender = ${peer} AND recipient = ${username}`,
      ];

/** What the index named, as far as it is the user's. */
function readCandidates(
  { sql }: Pick<Deps, 'sql'>,
  { username, peer }: Search,
  ids: number[],
): Promise<TextRow[]> {
  const list = paddedList(ids, ids.length <= 20 ? 20 : sliceSize, 0);
  const [sent, received] = sidesOf(username, peer);
  return sql<TextRow>(Prisma.sql`
    SELECT ${columns(username)} FROM inbox_messages m ${ownConversation(username)}
    WHERE m.id IN (${list}) AND ((${sent}) OR (${received}))
    ORDER BY m.id DESC`);
}
