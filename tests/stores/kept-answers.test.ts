import { createClocks } from '../../src/server/core/clock.ts';
import { createMemoryKeptAnswers } from '../../src/server/infra/stores/memory-kept-answers.ts';
import { fakeClock } from '../support/fake-clock.ts';
import { describeKeptAnswers } from './kept-answers.contract.ts';

describeKeptAnswers('in memory', (limits) => {
  const clock = fakeClock();
  const { stopwatch } = createClocks(clock);
  return { answers: createMemoryKeptAnswers(stopwatch, limits), passTime: (ms) => clock.advance(ms) };
});
