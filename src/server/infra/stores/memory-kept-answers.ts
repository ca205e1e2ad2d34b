import { LRUCache } from 'lru-cache';
import type { Stopwatch } from '../../core/clock.ts';
import {
  type Attempt,
  type Begun,
  createWaiting,
  type KeptAnswers,
  keptAnswersLimits,
  keptMs,
} from './kept-answers.ts';

/** Bounds of the answers of all owners together; beyond them the oldest are forgotten. */
const maxBytes = 64 * 1024 * 1024;
/** What an answer counts at least, so that there are at most 100,000. */
const minBytes = Math.ceil(maxBytes / 100_000);

interface Kept {
  request: string;
  answer: string;
  owner: string;
}

interface UnderWay {
  request: string;
  ended: Promise<void>;
}

/** The answers of one owner, oldest first, with their sizes. */
class Owned {
  readonly sizes = new Map<string, number>();
  bytes = 0;
}

/** For a single process. */
export function createMemoryKeptAnswers(
  stopwatch: Stopwatch,
  { answers, bytes } = keptAnswersLimits,
): KeptAnswers {
  const underWay = new Map<string, UnderWay>();
  const owners = new Map<string, Owned>();
  const wait = createWaiting();
  const kept = new LRUCache<string, Kept>({
    maxSize: maxBytes,
    sizeCalculation: (entry) => Math.max(sizeOf(entry), minBytes),
    ttl: keptMs,
    ttlResolution: 0,
    perf: { now: () => stopwatch() + 1 }, // what was stored at 0 would never expire
    dispose({ owner }, id) {
      const owned = owners.get(owner);
      if (!owned) return;
      owned.bytes -= owned.sizes.get(id) ?? 0;
      owned.sizes.delete(id);
      if (owned.sizes.size === 0) owners.delete(owner);
    },
  });

  function keep({ id, request, owner }: Attempt, answer: string): void {
    const entry = { request, answer, owner };
    kept.set(id, entry);
    if (!kept.has(id)) return; // larger than everything may be
    const owned = owners.get(owner) ?? new Owned();
    owners.set(owner, owned);
    owned.sizes.set(id, sizeOf(entry));
    owned.bytes += sizeOf(entry);
    for (const oldest of owned.sizes.keys()) {
      if (owned.sizes.size <= answers && owned.bytes <= bytes) return;
      kept.delete(oldest);
    }
  }

  return {
    async begin(attempt): Promise<Begun> {
      const { id, request, owner } = attempt;
      for (;;) {
        const found = kept.get(id) ?? underWay.get(id);
        if (!found) break;
        if (found.request !== request) return { kind: 'otherRequest' };
        if ('answer' in found) return { kind: 'kept', answer: found.answer };
        await wait(owner, found.ended);
      }
      let end = () => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      underWay.set(id, { request, ended });
      const leave = async () => {
        underWay.delete(id);
        end();
      };
      return {
        kind: 'turn',
        turn: {
          leave,
          keep(answer) {
            keep(attempt, answer);
            return leave();
          },
        },
      };
    },
  };
}

/** Two bytes for a character at most, and what an entry takes besides. */
const sizeOf = ({ answer }: Kept): number => answer.length * 2 + 300;
