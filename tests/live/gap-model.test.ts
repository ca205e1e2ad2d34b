import fc from 'fast-check';
import { expect, it } from 'vitest';
import { appRouter, createCaller } from '../../src/server/api/app-router.ts';
import type { Context } from '../../src/server/api/context.ts';
import { createCallerFactory } from '../../src/server/api/trpc.ts';
import { startRoom, wordFor } from '../support/live.ts';
import { createWaiting } from '../support/waiting.ts';
import { expectHonest } from './honest.ts';

const callerOf = createCallerFactory(appRouter);

/** Reads a room in the process, until told to stop. */
function read(context: Context, input: { roomId: number; lastEventId: string }) {
  const words: string[] = [];
  const { changed, until } = createWaiting(() => words);
  const done = new AbortController();
  async function run() {
    const events = await callerOf(context, { signal: done.signal }).chat.onMessage(input);
    for await (const event of events) {
      words.push(wordFor((Array.isArray(event) ? event[1] : event) as never)); // safe: a tracked event is a pair
      changed();
    }
  }
  const ended = run();
  return {
    words,
    untilLast: () => until(() => words.at(-1) === 'last', 5000),
    stop() {
      done.abort();
      return ended;
    },
  };
}

it('reports a gap to a reader exactly if messages were lost, for any sequence of operations', async () => {
  const { alice, deps, clock, roomId } = await startRoom({ roomMessages: { capacity: 5, ttlMs: 1000 } });
  const context: Context = { deps, token: alice.token, address: '' };
  const caller = createCaller(context);
  const { id: other } = await caller.chat.createRoom({ name: 'other' });
  let { id: newest } = await caller.chat.sendMessage({ roomId, text: 'before' });

  async function perform(step: Step, say: (text: string, room: number) => Promise<void>) {
    if ('turns' in step) for (let turn = 0; turn < step.turns; turn += 1) await new Promise(setImmediate);
    else if ('pause' in step) clock.advance(step.pause);
    else if ('say' in step) for (let n = 0; n < step.say; n += 1) await say('', step.here ? roomId : other);
  }

  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30, size: 'max' }), async (steps) => {
      const said: string[] = [];
      async function say(text: string, room: number) {
        const { id } = await caller.chat.sendMessage({ roomId: room, text: text || `${said.length}` });
        if (room !== roomId) return;
        said.push(text || `${said.length}`);
        newest = id;
      }
      const lastEventId = newest;
      const join = () => read(context, { roomId, lastEventId });
      const readers = [join()];
      for (const step of steps) {
        if ('join' in step) readers.push(join());
        else await perform(step, say);
      }
      await say('last', roomId);
      await Promise.all(readers.map((reader) => reader.untilLast()));
      await Promise.all(readers.map((reader) => reader.stop()));
      for (const { words } of readers) expectHonest(words, said);
      expect(deps.hub.size).toBe(0);
    }),
    { numRuns: 150 },
  );
});

const step = fc.oneof(
  fc.record({ say: fc.integer({ min: 1, max: 8 }), here: fc.boolean() }),
  fc.record({ pause: fc.integer({ min: 1, max: 700 }) }),
  fc.record({ turns: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ join: fc.constant(true) }),
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
