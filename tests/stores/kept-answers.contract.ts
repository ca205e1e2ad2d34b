import { beforeEach, describe, expect, it } from 'vitest';
import {
  type Attempt,
  type KeptAnswers,
  type KeptAnswersLimits,
  keptMs,
} from '../../src/server/infra/stores/kept-answers.ts';

export interface OpenedKeptAnswers {
  answers: KeptAnswers;
  /** For them it is then so many milliseconds later. */
  passTime(ms: number): void | Promise<void>;
}

const limits = { answers: 3, bytes: 10_000 };

/** What all kept answers promise. */
export function describeKeptAnswers(
  name: string,
  open: (limits: KeptAnswersLimits) => OpenedKeptAnswers | Promise<OpenedKeptAnswers>,
): void {
  describe(`${name}: kept answers`, () => {
    let answers: KeptAnswers;
    let passTime: OpenedKeptAnswers['passTime'];

    beforeEach(async () => {
      ({ answers, passTime } = await open(limits));
    });

    const attempt = (id: string, more: Partial<Attempt> = {}): Attempt => ({
      id,
      request: 'this',
      owner: 'ada',
      ...more,
    });

    async function turnOf(id: string, more: Partial<Attempt> = {}) {
      const begun = await answers.begin(attempt(id, more));
      if (begun.kind !== 'turn') throw new Error(`${id} is ${begun.kind}`);
      return begun.turn;
    }

    const keep = async (id: string, answer: string, more: Partial<Attempt> = {}) =>
      (await turnOf(id, more)).keep(answer);

    /** Whether an answer is kept. What is not is then under way. */
    const isKept = async (id: string) => (await answers.begin(attempt(id))).kind === 'kept';

    it('give the first answer to every repeat', async () => {
      await keep('a', 'the "answer"\n→');
      for (let times = 0; times < 3; times += 1)
        expect(await answers.begin(attempt('a'))).toEqual({ kind: 'kept', answer: 'the "answer"\n→' });
      expect(await isKept('b')).toBe(false);
    });

    it('tell another request under the same id, also while the first is under way', async () => {
      const turn = await turnOf('a');
      const other = attempt('a', { request: 'that' });
      expect(await answers.begin(other)).toEqual({ kind: 'otherRequest' });
      await turn.keep('done');
      expect(await answers.begin(other)).toEqual({ kind: 'otherRequest' });
    });

    it('let repeats wait for the first', async () => {
      const turn = await turnOf('a');
      const ended: string[] = [];
      const repeats = Array.from({ length: 10 }, async () => {
        const begun = await answers.begin(attempt('a'));
        ended.push('repeat');
        return begun;
      });
      await answers.begin(attempt('b'));
      ended.push('first');
      await turn.keep('done');
      expect(await Promise.all(repeats)).toEqual(
        Array.from(repeats, () => ({ kind: 'kept', answer: 'done' })),
      );
      expect(ended[0]).toBe('first');
    });

    it('give one of the waiting repeats its turn if there was nothing to keep', async () => {
      const turn = await turnOf('a');
      let turns = 0;
      const repeats = Array.from({ length: 5 }, async () => {
        const begun = await answers.begin(attempt('a'));
        if (begun.kind !== 'turn') return begun;
        turns += 1;
        await begun.turn.keep('second');
        return undefined;
      });
      await turn.leave();
      const kept = (await Promise.all(repeats)).filter((begun) => begun !== undefined);
      expect([turns, kept]).toEqual([
        1,
        Array.from({ length: 4 }, () => ({ kind: 'kept', answer: 'second' })),
      ]);
    });

    it('refuse an owner of whom too many wait, and nobody else', async () => {
      const turn = await turnOf('a');
      const waiting = Array.from({ length: 50 }, () => answers.begin(attempt('a')));
      await turnOf('b');
      await expect(answers.begin(attempt('a'))).rejects.toMatchObject({
        reason: 'TOO_MANY_REQUESTS',
        retryAfterMs: 1000,
      });
      await keep('c', 'of bob', { owner: 'bob' });
      await turn.keep('done');
      expect(new Set((await Promise.all(waiting)).map(({ kind }) => kind))).toEqual(new Set(['kept']));
    });

    it('are kept for a day', async () => {
      await keep('a', 'done');
      await passTime(keptMs - 60_000);
      expect(await isKept('a')).toBe(true);
      await passTime(60_001);
      expect(await isKept('a')).toBe(false);
    });

    it('are bounded in number, for each owner: the oldest go first', async () => {
      await keep('of bob', 'done', { owner: 'bob' });
      for (const id of ['1', '2', '3', '4', '5']) await keep(id, id);
      const kept: boolean[] = [];
      for (const id of ['1', '2', '3', '4', '5', 'of bob']) kept.push(await isKept(id));
      expect(kept).toEqual([false, false, true, true, true, true]);
    });

    it('are bounded in bytes, for each owner', async () => {
      await keep('of bob', 'done', { owner: 'bob' });
      await keep('1', 'x'.repeat(4000));
      await keep('2', 'x'.repeat(4000));
      await keep('huge', 'x'.repeat(20_000));
      const kept: boolean[] = [];
      for (const id of ['1', 'huge', 'of bob']) kept.push(await isKept(id));
      expect(kept).toEqual([false, false, true]);
      await keep('3', 'small');
      expect(await isKept('3')).toBe(true);
    });
  });
}
