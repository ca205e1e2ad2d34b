import { expect, it } from 'vitest';
import { yieldIfBusy, yieldTurn } from '../../src/server/core/slices.ts';

/** Counts the turns of the event loop. */
function countTurns() {
  let turn = 0;
  let isOver = false;
  setImmediate(function next() {
    turn += 1;
    if (!isOver) setImmediate(next);
  });
  return {
    now: () => turn,
    stop: () => {
      isOver = true;
    },
  };
}

/** Keeps the thread for longer than a turn may be busy before further work waits. */
function work(ms = 5) {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

it.each<[string, () => Promise<void>]>([
  ['at once', async () => {}],
  [
    'after some steps',
    async () => {
      for (let step = 0; step < 10; step += 1) await undefined;
    },
  ],
  ['in a later turn', () => yieldTurn()],
])('gives each of many pieces of work a turn of its own if they all begin %s', async (_, prepare) => {
  const turns = countTurns();
  const used: number[] = [];
  await Promise.all(
    Array.from({ length: 10 }, async () => {
      await prepare();
      await yieldIfBusy();
      await undefined; // as a statement that the driver runs without waiting
      work();
      used.push(turns.now());
    }),
  );
  turns.stop();
  expect(new Set(used).size).toBe(10);
});

it('lets light work share a turn', async () => {
  const turns = countTurns();
  await Promise.all(Array.from({ length: 100 }, () => yieldIfBusy()));
  turns.stop();
  expect(turns.now()).toBeLessThan(100);
});

it('refuses to begin the work of a caller who is gone', async () => {
  await expect(yieldIfBusy(AbortSignal.abort())).rejects.toMatchObject({ reason: 'ABORTED' });
});
