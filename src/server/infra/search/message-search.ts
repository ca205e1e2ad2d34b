import { setTimeout as wait } from 'node:timers/promises';
import type { Gram } from '../../core/search/tokens.ts';
import { isIndexBroken } from '../db/unavailable.ts';
import type { SearchIndex, SearchPart } from './search-index.ts';

/** The index over the messages of those owners who have many. It is kept up in the background. */
export interface MessageSearch<Owner, Id> {
  /** The parts of an owner's messages that the index knows, newest first. */
  parts(owner: Owner): Promise<SearchPart<Id>[]>;
  /** How many parts `find` may be asked about at once. */
  partsAtOnce: number;
  /** Messages of these parts that may have all of these sequences, newest first. Undefined if the index turns out to be broken. */
  find(
    parts: SearchPart<Id>[],
    grams: Gram[],
    range: { before: Id; limit: number },
  ): Promise<Id[] | undefined>;
  /** Asks for the messages of an owner to be indexed soon, as a search had to read many of them. */
  want(owner: Owner): void;
  /** Takes in edits and deletions, all or that of one message, so that nothing of the earlier texts is left. */
  settle(only?: { owner: Owner; id: Id }): Promise<void>;
  /** Resolves when all owners with many messages have been looked for, and all that is known of is indexed. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

/** Who has messages, and how to notice new ones. */
export interface Owners<Owner> {
  /** Those with at least `minIndexed` messages, in slices. */
  withMany(): AsyncIterable<Owner[]>;
  /** Those with new messages since the last call. `isIndexed` says which of them matter. */
  withNew(isIndexed: (owner: Owner) => boolean): AsyncIterable<Owner[]>;
}

interface Options<Owner, Id> {
  index: SearchIndex<Owner, Id>;
  owners: Owners<Owner>;
  /** Receives failures. What failed is tried again. */
  onFailure(error: unknown): void;
}

/** Reading this many messages takes no longer than other calls do, so owners with fewer need no index. */
export const minIndexed = 5000;

/** How far the index is behind when all is well. */
const everyMs = 1000;
/** How often owners who have come to many messages are looked for, in rounds of the above. */
const surveyEvery = 3600;
/** Owners that wait. Whoever does not fit is found by a later survey. */
const maxWanted = 10_000;
/** Batches of edits and deletions that are taken in before messages are indexed. */
const maxSettledInRound = 200;

export function createMessageSearch<Owner, Id>({
  index,
  owners,
  onFailure,
}: Options<Owner, Id>): MessageSearch<Owner, Id> {
  const wanted = new Set<Owner>();
  const indexed = new Set<Owner>();
  const stopping = new AbortController();
  const { signal } = stopping;
  let isOutdated = false;
  let settling: Promise<unknown> = Promise.resolve();
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  /** Rounds until the next survey. */
  let surveyIn = 0;
  const waiting: (() => void)[] = [];

  /** Keeps no program running, and ends with `close`. */
  const pause = (ms: number) => wait(ms, undefined, { ref: false, signal }).catch(() => {});

  function want(owner: Owner): void {
    if (!isOutdated && wanted.size < maxWanted) wanted.add(owner);
  }

  /** A broken index is cleared; other failures are transient. */
  async function recover(error: unknown): Promise<void> {
    if (signal.aborted) return;
    onFailure(error);
    if (isIndexBroken(error)) {
      await index.clear().catch(onFailure);
      surveyIn = 0;
    }
  }

  /** One after the other, as they take the same rows. Returns whether there may be more. */
  function settleSome(only?: { owner: Owner; id: Id }): Promise<boolean> {
    const result = settling.then(async () => {
      if (signal.aborted) return false;
      try {
        return await index.settle(only);
      } catch (error) {
        await recover(error);
        return false;
      }
    });
    settling = result;
    return result;
  }

  /** That of one message need not wait for all others. */
  async function settle(only?: { owner: Owner; id: Id }): Promise<void> {
    while ((await settleSome(only)) && only === undefined);
  }

  /** As `settle`, but half of the time at most, and not for ever: a large room may have been deleted. */
  async function settleSlowly(): Promise<boolean> {
    for (let count = 0; count < maxSettledInRound && !signal.aborted; count += 1) {
      const startedAt = performance.now();
      if (!(await settleSome())) return true;
      await pause(Math.min(performance.now() - startedAt, 50));
    }
    return false;
  }

  /** Owners with many messages. */
  async function survey(): Promise<void> {
    for await (const many of owners.withMany()) {
      for (const owner of many) {
        indexed.add(owner);
        want(owner);
      }
      await pause(0);
      if (signal.aborted) return;
    }
  }

  /** Indexed owners with new messages. */
  async function watch(): Promise<void> {
    for await (const some of owners.withNew((owner) => indexed.has(owner))) {
      for (const owner of some) want(owner);
      if (signal.aborted) return;
    }
  }

  async function begin(): Promise<void> {
    surveyIn = surveyEvery;
    try {
      ({ isNewer: isOutdated } = await index.prepare());
      if (isOutdated) wanted.clear();
      else await survey();
    } catch (error) {
      surveyIn = 0;
      throw error;
    }
  }

  /** Indexes what waits, half of the time at most. */
  async function work(): Promise<void> {
    for (const owner of wanted) {
      for (let state = 'more'; state === 'more' && !signal.aborted; ) {
        const startedAt = performance.now();
        state = await index.advance(owner);
        if (state === 'more') indexed.add(owner);
        if (state === 'busy') return;
        await pause(Math.min(performance.now() - startedAt, 50));
      }
      if (signal.aborted) return;
      wanted.delete(owner);
    }
  }

  /** Returns whether nothing is left to do. */
  async function round(): Promise<boolean> {
    const resolves = waiting.splice(0);
    try {
      if (surveyIn === 0) await begin();
      const isSettled = await settleSlowly();
      if (!isOutdated) await watch();
      await work();
      surveyIn = Math.max(0, surveyIn - 1);
      if (isSettled && wanted.size === 0 && surveyIn > 0) {
        for (const resolve of resolves) resolve();
        return true;
      }
    } catch (error) {
      await recover(error);
    }
    waiting.push(...resolves);
    return false;
  }

  function schedule(afterMs: number): void {
    timer = setTimeout(() => {
      timer = undefined;
      running = round().then((isDone) => {
        if (!signal.aborted) schedule(isDone && waiting.length > 0 ? 0 : everyMs);
      });
    }, afterMs);
    timer.unref();
  }

  schedule(0);
  return {
    parts: async (owner) => (isOutdated ? [] : index.parts(owner)),
    partsAtOnce: index.partsAtOnce,
    async find(parts, grams, range) {
      try {
        return await index.find(parts, grams, range);
      } catch (error) {
        if (!isIndexBroken(error)) throw error;
        await recover(error);
        return undefined;
      }
    },
    want,
    settle,
    caughtUp() {
      if (timer !== undefined) {
        clearTimeout(timer);
        schedule(0);
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
    async close() {
      stopping.abort();
      clearTimeout(timer);
      await running;
      await settling;
    },
  };
}
