import { explain } from '../failure.ts';
import type { Outgoing } from '../state/outbox.ts';
import type { ShownMessage } from './rows.ts';

export function showOutgoing(outgoing: readonly Outgoing[], username: string): ShownMessage[] {
  return outgoing.map(({ key, text, createdAtMs, state, error }) => ({
    key,
    author: username,
    isOwn: true,
    text,
    createdAtMs,
    state,
    ...(state === 'failed' && { failure: explain(error) }),
  }));
}
