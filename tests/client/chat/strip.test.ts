import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStrip } from '../../../src/client/chat/strip.ts';
import { repetitions } from '../../support/long-runs.ts';
import { type Kind, run, steps } from './strip-model.ts';

const kinds: Kind[] = ['room', 'ephemeral', 'inbox'];

describe.each(kinds)('merging pages, events and answers of a conversation (%s)', (kind) => {
  it('shows what the server has, and never anything older than before', { timeout: 600_000 }, () => {
    const numRuns = repetitions(500, 20_000);
    const property = fc.property(steps, (list) =>
      run(
        createStrip(() => kind === 'ephemeral'),
        kind,
        list,
      ),
    );
    fc.assert(property, { numRuns });
    expect(numRuns).toBeGreaterThanOrEqual(500);
  });
});
