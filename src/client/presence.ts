import type { PresenceEvent } from './api.ts';

/** Who is present in a room, or of certain users. */
export interface Present {
  /** The names of users who have a subscription to the room, or to anything. */
  online: ReadonlySet<string>;
  /** The names of users who are typing. */
  typing: ReadonlySet<string>;
}

/** Applies an event of `chat.onPresence` or `users.onPresence` to the state before it, which is undefined before the first one. */
export function applyPresence(present: Present | undefined, event: PresenceEvent): Present {
  if (event.type === 'state') return { online: new Set(event.online), typing: new Set(event.typing) };
  return {
    online: changed(present?.online, event.online, event.offline),
    typing: changed(present?.typing, event.typing, event.idle),
  };
}

function changed(before: ReadonlySet<string> = new Set(), added: string[] = [], removed: string[] = []) {
  const after = new Set([...before, ...added]);
  for (const name of removed) after.delete(name);
  return after;
}
