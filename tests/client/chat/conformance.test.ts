import { describe, expect, it } from 'vitest';
import { createChat } from '../../../src/client/chat/index.ts';
import { runScenario } from '../../../src/testing/chat/scenario.ts';
import { describeChat, findFailure } from '../../../src/testing/index.ts';
import { temporaryFolder } from '../../support/harness.ts';
import { repetitions } from '../../support/long-runs.ts';
import { buildMutant, mutations } from './mutations.ts';

const isLong = repetitions(0, 1) === 1;

const seed = isLong ? 2 : 1;

describeChat('a chat', createChat, { describe, it, runs: repetitions(500, 20_000), seed });

describeChat('a chat that stores messages', (world) => createChat({ ...world, keep: 'messages' }), {
  describe,
  it,
  runs: repetitions(200, 20_000),
  seed,
});

describe('the description of a chat', () => {
  it('has fifteen faults to find', () => {
    expect(Object.keys(mutations)).toHaveLength(15);
  });

  it.each(Object.keys(mutations))('finds a store that %s', { timeout: 120_000 }, async (name) => {
    const createMutant = await buildMutant(name, await temporaryFolder());
    const failure = await findFailure(createMutant, { runs: 3000, seed: 1 });
    expect(failure?.error.message).toEqual(expect.any(String));
    // What has shown the fault shows none of the chat as it is.
    await runScenario(createChat, failure?.steps ?? []);
  });
});
