import { applyPresence, type Present } from '../../src/client/index.ts';
import type { PresenceEvent } from '../../src/server/infra/live/presence-events.ts';
import type { Following } from './live.ts';

/** What a client shows that applies each event as it comes. */
export function shown({ events }: Following) {
  let present: Present | undefined;
  for (const event of events) present = applyPresence(present, event as PresenceEvent); // safe: from onPresence
  return { online: [...(present?.online ?? [])].sort(), typing: [...(present?.typing ?? [])].sort() };
}

export async function shows(following: Following, online: string[], typing: string[] = []): Promise<void> {
  const wanted = JSON.stringify({ online, typing });
  try {
    await following.until(() => JSON.stringify(shown(following)) === wanted);
  } catch (cause) {
    throw new Error(`waited for ${wanted}, after ${JSON.stringify(following.events)}`, { cause });
  }
}
