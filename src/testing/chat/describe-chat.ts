import type { Chat } from '../../client/chat/index.ts';
import { type ChatWorld, runScenario, type Step, stepNames } from './scenario.ts';
import { conversationNames } from './simulated-server.ts';

export type { ChatWorld, Step };

/** Options of {@link describeChat}. */
export interface DescribeChatOptions {
  /** How many random scenarios are run: 100. */
  runs?: number;
  /** Makes them the same ones each time: 1. */
  seed?: number;
  /** The functions of the test runner; by default the global ones. */
  describe?: (name: string, body: () => void) => void;
  /** As `describe`. */
  it?: (name: string, body: () => Promise<void>, timeoutMs?: number) => void;
}

/** The scenario that a chat has failed, as short as it could be made. */
export interface FailedScenario {
  /** What was not as it must be. */
  error: Error;
  /** What had happened, in order. */
  steps: readonly Step[];
}

/** Makes the chat of one window. */
export type CreateSubject = (world: ChatWorld) => Chat | Promise<Chat>;

const maxSteps = 60;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function scenarioOf(seed: number): Step[] {
  const random = randomNumbers(seed);
  const oneOf = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T; // safe: there are some
  // Mostly the same place, where things meet.
  const main = oneOf(conversationNames);
  const steps = Array.from(
    { length: 1 + Math.floor(random() * maxSteps) },
    (): Step => ({
      do: oneOf(stepNames),
      window: random() < 0.8 ? 0 : 1,
      at: random() < 0.7 ? main : oneOf(conversationNames),
      pick: Math.floor(random() * 12),
    }),
  );
  if (random() < 0.4) return steps;
  // With more messages than a page has, and a window that has loaded.
  const start = (what: Step['do'], count: number) =>
    Array.from({ length: count }, (): Step => ({ do: what, window: 0, at: main, pick: 0 }));
  return [...start('say', 12), ...start('watch', 1), ...start('answer', 6), ...steps];
}

async function failureOf(createSubject: CreateSubject, steps: readonly Step[]): Promise<Error | undefined> {
  try {
    await runScenario(createSubject, steps);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Leaves out what is not needed for the failure. */
async function shorten(createSubject: CreateSubject, failed: FailedScenario): Promise<FailedScenario> {
  let { error, steps } = failed;
  for (let size = steps.length >> 1; size > 0; size >>= 1)
    for (let from = 0; from < steps.length; ) {
      const fewer = [...steps.slice(0, from), ...steps.slice(from + size)];
      const other = await failureOf(createSubject, fewer);
      if (other) {
        steps = fewer;
        error = other;
      } else from += size;
    }
  return { error, steps };
}

/** Runs random scenarios until one fails. */
export async function findFailure(
  createSubject: CreateSubject,
  { runs = 100, seed = 1 }: Pick<DescribeChatOptions, 'runs' | 'seed'> = {},
): Promise<FailedScenario | undefined> {
  for (let run = 0; run < runs; run += 1) {
    const steps = scenarioOf(seed * 1_000_003 + run);
    const error = await failureOf(createSubject, steps);
    if (error) return shorten(createSubject, { error, steps });
  }
  return undefined;
}

const show = ({ do: what, window, at, pick }: Step) => `${what} (window ${window}, ${at}, ${pick})`;

/**
 * Describes how a chat must behave, whatever arrives when: with pages, answers and events in any order, repeated, lost and refused; lost
 * connections and gaps; two windows, reloads, and storage that fails. `createSubject` makes the chat of one window, such as
 * `createChat` itself, or with a storage of your own.
 */
export function describeChat(
  name: string,
  createSubject: CreateSubject,
  options: DescribeChatOptions = {},
): void {
  const own = globalThis as unknown as Required<Pick<DescribeChatOptions, 'describe' | 'it'>>;
  const { runs = 100, seed = 1, describe = own.describe, it = own.it } = options;
  if (!describe || !it)
    throw new Error('pass `describe` and `it`, or let the test runner define them globally');
  describe(name, () => {
    it(
      `is right after each step of ${runs} scenarios`,
      async () => {
        const failed = await findFailure(createSubject, { runs, seed });
        if (!failed) return;
        const { error, steps } = failed;
        throw new Error(`${error.message}\nafter ${steps.map(show).join(', ')}`, { cause: error });
      },
      60_000 + 200 * runs,
    );
  });
}
