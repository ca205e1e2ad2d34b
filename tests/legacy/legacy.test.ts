import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { describeFailures, readSteps, recordings } from './recordings.ts';
import { replay } from './replay.ts';

// One test per file, because steps depend on earlier ones.
it.each(recordings)(
  'matches the recording %s',
  async (name) => {
    const { url } = await startMirage();

    const failures = (await replay(url, readSteps(name))).filter(({ problems }) => problems.length > 0);

    if (failures.length > 0) expect.fail(describeFailures(name, failures));
  },
  120_000,
);
