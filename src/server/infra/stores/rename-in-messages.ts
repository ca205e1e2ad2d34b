import type { DepartedNames } from './departed-names.ts';
import type { Reaction, RoomMessage } from './room-message-store.ts';

type Names = Pick<DepartedNames, 'aliasOf'>;

/** The message without the names of users who have left, and without their files. The same object if it has none. */
export function withoutDeparted(message: RoomMessage, { aliasOf }: Names): RoomMessage {
  const { username, replyTo, mentions, reactions } = message;
  const author = aliasOf(username);
  const quoted = replyTo && 'sender' in replyTo ? aliasOf(replyTo.sender) : undefined;
  const isMentioned = mentions?.some((name) => aliasOf(name) !== undefined);
  const hasReacted = reactions?.some(({ users }) => users.some((name) => aliasOf(name) !== undefined));
  if (author === undefined && quoted === undefined && !isMentioned && !hasReacted) return message;
  const nameOf = (name: string) => aliasOf(name) ?? name;
  const { attachments, ...rest } = message;
  return {
    ...rest,
    username: author ?? username,
    ...(attachments && author === undefined && { attachments }),
    ...(replyTo && 'sender' in replyTo && { replyTo: { ...replyTo, sender: nameOf(replyTo.sender) } }),
    ...(mentions && { mentions: mentions.map(nameOf) }),
    ...(reactions && { reactions: renamedReactions(reactions, nameOf) }),
  };
}

/** Reactions as they are stored, with other names. */
export const renamedReactions = <Stored extends Reaction & { withheld?: string[] }>(
  reactions: readonly Stored[],
  nameOf: (name: string) => string,
): Stored[] =>
  reactions.map((reaction) => ({
    ...reaction,
    users: reaction.users.map(nameOf),
    ...(reaction.withheld && { withheld: reaction.withheld.map(nameOf) }),
  }));
