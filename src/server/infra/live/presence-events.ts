/** Who is present now. Sent first; the changes that follow are to be applied to it. */
export interface PresenceState {
  /** Which of the two it is. */
  type: 'state';
  /** Names of users. */
  online: string[];
  /** Names of users. */
  typing: string[];
}

/** What has changed since. Changes are idempotent. */
export interface PresenceChange {
  /** Which of the two it is. */
  type: 'change';
  /** Users who came online. */
  online?: string[];
  /** Users who went offline. */
  offline?: string[];
  /** Users who started typing. */
  typing?: string[];
  /** Users who stopped typing. */
  idle?: string[];
}

/** The events of `chat.onPresence` and `users.onPresence`. */
export type PresenceEvent = PresenceState | PresenceChange;

/** A change made of its parts. */
export function withoutEmptyParts(parts: Required<Omit<PresenceChange, 'type'>>): PresenceChange {
  const changed = Object.entries(parts).filter(([, names]) => names.length > 0);
  return { type: 'change', ...Object.fromEntries(changed) };
}
