import { explain } from '../failure.ts';
import type { Outgoing } from '../state/outbox.ts';
import type { ShownMessage } from './rows.ts';

export function showOutgoing(outgoing: readonly Outgoing[], username: string): ShownMessage[] {
  return outgoing.flatMap(({ key, text, createdAtMs, state, error }) => {
    if (state === 'arrived') return [];
    const failure = state === 'failed' && { failure: explain(error) };
    return [{ key, author: username, isOwn: true, text, createdAtMs, state, ...failure }];
  });
}
