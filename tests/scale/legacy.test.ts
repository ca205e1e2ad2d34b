import { expect, it } from 'vitest';
import { describeFailures, readSteps, recordings } from '../legacy/recordings.ts';
import { replay } from '../legacy/replay.ts';
import { startNodes } from './support/nodes.ts';
import { freshPrefix, freshSchema, redisUrl } from './support/services.ts';

it.each(recordings)(
  'answers %s as a legacy caller expects, with each request to another of three servers',
  async (name) => {
    const { urls } = await startNodes(3, {
      DATABASE_URL: freshSchema().url,
      DATABASE_POOL: '4',
      REDIS_URL: redisUrl,
      REDIS_PREFIX: freshPrefix(),
      RATE_LIMIT: 'off',
      // Callers see one address, also in links to files.
      PUBLIC_URL: 'https://chat.example',
    });
    const failures = (await replay(urls, readSteps(name))).filter(({ problems }) => problems.length > 0);
    if (failures.length > 0) expect.fail(describeFailures(name, failures));
  },
  120_000,
);
