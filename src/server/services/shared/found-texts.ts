import { fold } from '../../core/search/fold.ts';
import type { Query } from '../../core/search/query.ts';
import { type Gram, gramsOf, overlap } from '../../core/search/tokens.ts';
import { yieldIfBusy, yieldTurn } from '../../core/slices.ts';
import { type MessageSearch, minIndexed } from '../../infra/search/message-search.ts';
import type { SearchPart } from '../../infra/search/search-index.ts';

/** A text that the user sees and that has all terms of the query in it. */
export interface FoundText<Id> {
  id: Id;
  text: string;
}

/** A text that was read. */
export interface ReadText<Id> extends FoundText<Id> {
  /** Whether the user sees it. */
  isVisible: boolean;
}

/** The messages of one inbox, conversation or room, and the index that knows them. */
export interface TextSource<Id> {
  /** The parts of the index to look into, newest first. None where reading the messages is no more work. */
  parts(): Promise<SearchPart<Id>[]>;
  partsAtOnce: number;
  find: MessageSearch<unknown, Id>['find'];
  /** Asks for the messages to be indexed. */
  want(): void;
  /** All messages with lower ids, newest first, in slices of the size below, each read once it is asked for. */
  newest(before: Id): AsyncGenerator<ReadText<Id>[], void>;
  /** Those of these messages that belong here, newest first. */
  named(ids: Id[]): Promise<ReadText<Id>[]>;
  isBelow(a: Id, b: Id): boolean;
  /** No message has a lower id. */
  lowest: Id;
  sliceSize: number;
}

/** The newest messages are read without the index: they contain most hits of common terms, and show which are rare. */
const sampleSize = 100;

/** Looking into one part of the index counts as much as looking at these many messages. */
export const partCost = 20;

/** The index is queried for at most so many of the rarest sequences. They overlap only if there would be too few otherwise. */
const maxGrams = 4;
const minGrams = 2;

/**
 * One or two characters stand for many sequences, whose lists SQLite merges as a whole, while nothing else runs. Where more
 * messages than this share have them, they are not asked for; where nothing else is left to ask for, messages are read.
 */
const maxShortShare = 0.05;

/** What one search has done, in one source or in several. */
export class SearchWork {
  readonly query: Query;
  readonly signal: AbortSignal | undefined;
  /** Of the newest messages, folded. */
  readonly sample: string[] = [];
  lookedAt = 0;
  readonly #maxLookedAt: number;

  /** No more than `maxLookedAt` messages are looked at before the search stops. */
  constructor(
    query: Query,
    { maxLookedAt, signal }: { maxLookedAt: number; signal?: AbortSignal | undefined },
  ) {
    this.query = query;
    this.signal = signal;
    this.#maxLookedAt = maxLookedAt;
  }

  get isOver(): boolean {
    return this.lookedAt >= this.#maxLookedAt;
  }
}

/** The next texts that were found, newest first. */
export interface FoundSlice<Id> {
  found: FoundText<Id>[];
  /** What follows has lower ids. */
  edge: Id;
}

/**
 * What a search finds in a source, newest first, in slices, until the work is over.
 *
 * The newest messages are read one by one; so are those that are not in the index, for whatever reason. For all others the
 * index names candidates. Every text is compared with the query itself, so the index decides about speed alone.
 */
export async function* foundTexts<Id>(
  source: TextSource<Id>,
  work: SearchWork,
  before: Id,
): AsyncGenerator<FoundSlice<Id>, void> {
  const { sliceSize, lowest, isBelow } = source;
  const parts = work.query.folding === 'signs' ? [] : await source.parts();
  const readyId = parts[0]?.readyId ?? lowest;
  const isIndexed = () => !isBelow(readyId, edge);
  const grams = gramsOf(work.query.terms);
  // Short sequences take long where they are frequent, which the messages of other sources do not show.
  const isShort = grams.some(({ isPrefix }) => isPrefix);
  const sample = isShort ? [] : work.sample;
  const isSampled = () => sample.length >= (isShort ? sliceSize : sampleSize);
  let edge = before;
  let unindexed = 0;

  /** Reads messages one by one, until the index may take over. */
  async function* read(canStop: () => boolean): AsyncGenerator<FoundSlice<Id>, void> {
    if (canStop()) return;
    for await (const rows of source.newest(edge)) {
      work.lookedAt += rows.length;
      edge = rows.at(-1)?.id ?? edge;
      unindexed += rows.filter(({ id }) => isBelow(readyId, id)).length;
      yield { found: await matching(work, rows, sample), edge };
      if (work.isOver || canStop()) return;
    }
    edge = lowest;
  }

  yield* read(() => parts.length > 0 && isIndexed() && isSampled());
  // If the source has few messages, all have been read by now.
  if (unindexed > (parts.length > 0 ? sliceSize : minIndexed / 2)) source.want();
  if (work.isOver) return;

  const asked = rarest(grams, sample);
  if (asked.length === 0) return yield* read(() => false);
  let count = 1;
  for (;;) {
    const some = parts.filter(({ firstId }) => isBelow(firstId, edge)).slice(0, count);
    const oldest = some.at(-1);
    if (!oldest) return;
    await yieldIfBusy(work.signal);
    const ids = await source.find(some, asked, { before: edge, limit: sliceSize });
    if (ids === undefined) return yield* read(() => false);
    work.lookedAt += ids.length + some.length * partCost;
    const isWhole = ids.length < sliceSize;
    edge = isWhole ? oldest.firstId : (ids.at(-1) ?? oldest.firstId);
    yield { found: ids.length > 0 ? await matching(work, await source.named(ids), sample) : [], edge };
    if (work.isOver) return;
    // Where there is little, the next parts are likely to have little, too.
    count = ids.length < sliceSize / 2 ? Math.min(2 * count, source.partsAtOnce) : 1;
  }
}

/**
 * Those sequences that the fewest texts of a sample have, without short ones that many have. One that overlaps another costs
 * as much as any, and rules out little.
 */
function rarest(grams: Gram[], sample: string[]): Gram[] {
  const sorted = grams
    .map((gram) => ({
      gram,
      count: sample.reduce((count, text) => count + (text.includes(gram.text) ? 1 : 0), 0),
    }))
    .filter(({ gram, count }) => !gram.isPrefix || count <= maxShortShare * sample.length)
    .sort((a, b) => a.count - b.count)
    .map(({ gram }) => gram);
  const chosen: Gram[] = [];
  for (const gram of sorted) if (!chosen.some((other) => overlap(gram, other))) chosen.push(gram);
  const others = sorted.filter((gram) => !chosen.includes(gram));
  return [...chosen.slice(0, maxGrams), ...others.slice(0, Math.max(0, minGrams - chosen.length))];
}

/** Long texts take longer to compare, so other work runs in between. */
const maxCompared = 100_000;

/** Those that the user sees and that have all terms. The first ones that are compared are the sample. */
async function matching<Id>(
  { query: { terms, folding }, signal }: SearchWork,
  rows: ReadText<Id>[],
  sample: string[],
): Promise<FoundText<Id>[]> {
  const found: FoundText<Id>[] = [];
  let compared = 0;
  for (const { id, text, isVisible } of rows) {
    const folded = fold(text, folding);
    if (sample.length < sampleSize) sample.push(folded);
    if (isVisible && terms.every((term) => folded.includes(term))) found.push({ id, text });
    compared += text.length;
    if (compared > maxCompared) {
      compared = 0;
      await yieldTurn(signal);
    }
  }
  return found;
}
