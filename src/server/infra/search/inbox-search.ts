import { setTimeout as wait } from 'node:timers/promises';
import type { Gram } from '../../core/search/tokens.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { RawSql } from '../db/raw-sql.ts';
import { isIndexBroken } from '../db/unavailable.ts';
import type { SearchIndex, SearchPart } from './search-index.ts';

/** The index over the messages of those users who have many. It is kept up in the background. */
export interface InboxSearch {
  /** The parts of a user's messages that the index knows, newest first. */
  parts(username: string): Promise<SearchPart[]>;
  /** Messages that may have all of these sequences, newest first. Undefined if the index turns out to be broken. */
  find(
    part: SearchPart,
    grams: Gram[],
    range: { before: number; limit: number },
  ): Promise<number[] | undefined>;
  /** Asks for the messages of a user to be indexed soon, as a search had to read many of them. */
  want(username: string): void;
  /** Takes in edits and deletions, so that nothing of the earlier texts is left. */
  settle(): Promise<void>;
  /** Resolves when all users with many messages have been looked for, and all that is known of is indexed. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

interface InboxSearchOptions {
  sql: RawSql;
  index: SearchIndex;
  /** Receives failures. What failed is tried again. */
  onFailure(error: unknown): void;
}

/** Reading this many messages takes no longer than other calls do, so users with fewer need no index. */
export const minIndexed = 5000;

/** How far the index is behind when all is well. */
const everyMs = 1000;
/** How often users who have come to many messages are looked for, in rounds of the above. */
const surveyEvery = 3600;
const surveySize = 1000;
const watchSize = 1000;
/** Users that wait. Whoever does not fit is found by a later survey. */
const maxWanted = 10_000;

export function createInboxSearch({ sql, index, onFailure }: InboxSearchOptions): InboxSearch {
  const wanted = new Set<string>();
  const indexed = new Set<string>();
  const stopping = new AbortController();
  const { signal } = stopping;
  let isOutdated = false;
  let settling: Promise<void> = Promise.resolve();
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  /** Rounds until the next survey. */
  let surveyIn = 0;
  let seen: number | undefined;
  const waiting: (() => void)[] = [];

  /** Keeps no program running, and ends with `close`. */
  const pause = (ms: number) => wait(ms, undefined, { ref: false, signal }).catch(() => {});

  function want(username: string): void {
    if (!isOutdated && wanted.size < maxWanted) wanted.add(username);
  }

  async function settleAll(): Promise<void> {
    while (!signal.aborted && (await index.settle()));
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

  /** One after the other, as they take the same rows. */
  function settle(): Promise<void> {
    settling = settling.then(settleAll).catch(recover);
    return settling;
  }

  /** Indexed users who have sent or received since the last look. */
  async function watch(): Promise<void> {
    if (seen === undefined) {
      const [newest] = await sql<{ id: number | bigint | null }>(
        Prisma.sql`SELECT max(id) AS id FROM inbox_messages`,
      );
      seen = Number(newest?.id ?? 0);
    }
    for (let count = watchSize; count === watchSize && !signal.aborted; ) {
      const rows: { id: number | bigint; sender: string; recipient: string }[] = await sql(Prisma.sql`
        SELECT id, sender, recipient FROM inbox_messages WHERE id > ${seen} ORDER BY id LIMIT ${watchSize}`);
      for (const { sender, recipient } of rows)
        for (const username of [sender, recipient]) if (indexed.has(username)) want(username);
      seen = Number(rows.at(-1)?.id ?? seen);
      count = rows.length;
    }
  }

  /** Users with many messages. */
  async function survey(): Promise<void> {
    let [user, peer, total] = ['', '', 0];
    const take = () => {
      if (total < minIndexed) return;
      indexed.add(user);
      want(user);
    };
    for (let count = surveySize; count === surveySize && !signal.aborted; ) {
      const rows: { username: string; peer: string; total: number | bigint }[] = await sql(Prisma.sql`
        SELECT username, peer, total FROM inbox_conversations WHERE (username, peer) > (${user}, ${peer})
        ORDER BY username, peer LIMIT ${surveySize}`);
      for (const row of rows) {
        if (row.username !== user) {
          take();
          total = 0;
        }
        total += Number(row.total);
        ({ username: user, peer } = row);
      }
      count = rows.length;
      await pause(0);
    }
    take();
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
    for (const username of wanted) {
      for (let state = 'more'; state === 'more' && !signal.aborted; ) {
        const startedAt = performance.now();
        state = await index.advance(username);
        if (state === 'more') indexed.add(username);
        if (state === 'busy') return;
        await pause(Math.min(performance.now() - startedAt, 50));
      }
      if (signal.aborted) return;
      wanted.delete(username);
    }
  }

  /** Returns whether nothing is left to do. */
  async function round(): Promise<boolean> {
    const resolves = waiting.splice(0);
    try {
      if (surveyIn === 0) await begin();
      await settle();
      if (!isOutdated) await watch();
      await work();
      surveyIn = Math.max(0, surveyIn - 1);
      if (wanted.size === 0 && surveyIn > 0) {
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
    parts: async (username) => (isOutdated ? [] : index.parts(username)),
    async find(part, grams, range) {
      try {
        return await index.find(part, grams, range);
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
