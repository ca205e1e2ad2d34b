import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createStrip } from '../../../src/client/chat/strip.ts';
import { repetitions } from '../../support/long-runs.ts';
import { delivered, type Kind, run, steps } from './strip-model.ts';

it('does not bring back a message that was sent from here and is deleted before its event has come', () => {
  const strip = createStrip();
  const place = (number: number): [number, number] => [number, 0];
  const message = (number: number) => delivered(`${number}-0`, `${number}`);
  const range = { from: [-1, 0], to: place(5), at: place(5) } as const;
  strip.page(strip.begin(), { ...range, messages: [message(5)], hasOlder: false, isNewest: true });
  strip.add(message(6), place(6));
  strip.event({ type: 'deleted', id: '6-0', at: [0, 0] });
  for (const number of [6, 7]) strip.event({ type: 'message', message: message(number), at: place(number) });
  expect(strip.rows.map(({ data }) => data.id)).toEqual(['5-0', '7-0']);
});

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
