/** The roles of a room's members, highest first. */
export const roles = ['owner', 'moderator', 'member'] as const;

export type Role = (typeof roles)[number];

/** Who acts: a member by their role, or an administrator by the command line. */
export type Rank = 'administrator' | Role;

interface Power {
  /** As docs/api.md has it. */
  what: string;
  roles: readonly Role[];
}

/** Who may what, beyond what every member may. docs/api.md has the same table. */
export const powers = {
  deleteRoom: { what: 'delete the room', roles: ['owner'] },
  setRoles: { what: 'give and take roles, and hand the room over', roles: ['owner'] },
  rename: { what: 'change name, description and password', roles: ['owner'] },
  steer: { what: 'change topic and slow mode', roles: ['owner', 'moderator'] },
  removeMembers: {
    what: 'remove and ban those of a lower role, list and lift bans',
    roles: ['owner', 'moderator'],
  },
  invite: { what: 'create, list and revoke invitations', roles: ['owner', 'moderator'] },
  deleteMessages: { what: 'delete messages of others', roles: ['owner', 'moderator'] },
  pin: { what: 'pin and unpin messages', roles: ['owner', 'moderator'] },
  mentionEveryone: { what: 'mention everyone with `@room`', roles: ['owner', 'moderator'] },
  speakFreely: { what: 'send without waiting in slow mode', roles: ['owner', 'moderator'] },
} as const satisfies Record<string, Power>;

export type PowerName = keyof typeof powers;

export function has(rank: Rank, power: PowerName): boolean {
  const allowed: readonly Rank[] = powers[power].roles;
  return rank === 'administrator' || allowed.includes(rank);
}

const ranks: readonly Rank[] = ['administrator', ...roles];

/** Whether the first has a higher rank than the second. */
export const outranks = (one: Rank, other: Rank): boolean => ranks.indexOf(one) < ranks.indexOf(other);
