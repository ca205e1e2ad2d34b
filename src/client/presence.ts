import type { PresenceEvent } from './api.ts';

/** Who is in a room now. */
export interface Present {
  /** The names of those who have a subscription to the room. */
  online: ReadonlySet<string>;
  /** The names of those who are typing. */
  typing: ReadonlySet<string>;
}

/** What is known after an event of `chat.onPresence`; before the first one that is nothing. */
export function applyPresence(present: Present | undefined, event: PresenceEvent): Present {
  if (event.type === 'state') return { online: new Set(event.online), typing: new Set(event.typing) };
  return {
    online: changed(present?.online, event.online, event.offline),
    typing: changed(present?.typing, event.typing, event.idle),
  };
}

function changed(before: ReadonlySet<string> = new Set(), came: string[] = [], went: string[] = []) {
  const after = new Set([...before, ...came]);
  for (const name of went) after.delete(name);
  return after;
}
