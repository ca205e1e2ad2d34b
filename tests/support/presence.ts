import { applyPresence, type Present } from '../../src/client/index.ts';
import type { PresenceEvent } from '../../src/server/infra/live/presence-events.ts';
import type { Following } from './live.ts';

/** What a client shows that applies each event as it comes. */
export function shown({ events }: Following) {
  let present: Present | undefined;
  for (const event of events) present = applyPresence(present, event as PresenceEvent); // safe: from onPresence
  return { online: [...(present?.online ?? [])].sort(), typing: [...(present?.typing ?? [])].sort() };
}

export const shows = (following: Following, online: string[], typing: string[] = []) =>
  following.until(() => JSON.stringify(shown(following)) === JSON.stringify({ online, typing }));
