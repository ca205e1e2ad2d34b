import { AppError } from '../../core/errors.ts';
import type { Reaction } from '../../infra/stores/room-message-store.ts';

/** Different emoji that one user may put on one message. */
export const maxReactions = 8;

/** A reaction with those of its users whom the other side of a conversation had blocked, and does not see. */
export interface StoredReaction extends Reaction {
  withheld?: string[];
}

/** Throws 'TOO_MANY_REACTIONS'. */
export function withReaction(
  reactions: StoredReaction[],
  { emoji, username, isWithheld = false }: { emoji: string; username: string; isWithheld?: boolean },
): StoredReaction[] {
  const same = reactions.find((reaction) => reaction.emoji === emoji);
  if (same?.users.includes(username)) return reactions;
  if (reactions.filter(({ users }) => users.includes(username)).length >= maxReactions)
    throw new AppError('TOO_MANY_REACTIONS');
  const { users = [], withheld = [] } = same ?? {};
  const added: StoredReaction = {
    emoji,
    users: [...users, username],
    ...((isWithheld || withheld.length > 0) && { withheld: isWithheld ? [...withheld, username] : withheld }),
  };
  return same ? reactions.map((reaction) => (reaction === same ? added : reaction)) : [...reactions, added];
}

export const withoutReaction = (
  reactions: StoredReaction[],
  { emoji, username }: { emoji: string; username: string },
): StoredReaction[] =>
  reactions
    .map(({ withheld, ...reaction }) => {
      if (reaction.emoji !== emoji) return { ...reaction, ...(withheld && { withheld }) };
      const left = withheld?.filter((user) => user !== username) ?? [];
      return {
        emoji,
        users: reaction.users.filter((user) => user !== username),
        ...(left.length > 0 && { withheld: left }),
      };
    })
    .filter(({ users }) => users.length > 0);
