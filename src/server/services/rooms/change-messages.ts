import { AppError } from '../../core/errors.ts';
import type { Reaction, Revision, RoomMessage } from '../../infra/stores/room-message-store.ts';
import type { ShownRoomMessage } from '../../infra/stores/room-messages.ts';
import { removeHeldUses } from '../files/attach.ts';
import type { Deps } from '../shared/deps.ts';
import { requireWithinLimit } from '../shared/limits.ts';
import { withoutReaction, withReaction } from '../shared/reactions.ts';
import { roleOf } from './authority.ts';
import { type Membership, requireMember } from './membership.ts';
import { findMentions } from './mentions.ts';
import { forgetPin } from './pins.ts';
import { has } from './powers.ts';
import { announceChange, shownTo } from './room-messages.ts';

/** A message of a room, and the member who changes it. */
export interface Target extends Membership {
  /** Of the message. */
  id: string;
}

/** The most reactions of a message, by all members together. */
const maxTotalReactions = 1000;

/**
 * The sender may edit the text for as long as the setting allows. Throws 'MESSAGE_NOT_FOUND', 'NOT_THE_SENDER',
 * 'EDIT_WINDOW_OVER', 'TOO_MANY_REQUESTS'.
 */
export async function editRoomMessage(
  deps: Deps,
  { text, ...target }: Target & { text: string },
): Promise<ShownRoomMessage> {
  await requireWithinLimit(deps, 'roomChanges', target.username);
  const mentions = text.includes('@') ? await findMentions(deps, { ...target, text }) : undefined;
  const editedAt = new Date(deps.clock());
  return revise(deps, target, { changesText: true }, ({ username, createdAt }) => {
    if (username !== target.username) throw new AppError('NOT_THE_SENDER');
    if (editedAt.getTime() - createdAt.getTime() >= deps.config.editWindowMs)
      throw new AppError('EDIT_WINDOW_OVER');
    return { kind: 'edited', text, editedAt, ...mentions };
  });
}

/**
 * Deletes a message, with its pin. The sender may, and those who may delete the messages of others. Throws
 * 'MESSAGE_NOT_FOUND', 'NOT_A_MEMBER', 'ROLE_REQUIRED', 'TOO_MANY_REQUESTS'.
 */
export async function deleteRoomMessage(deps: Deps, target: Target): Promise<void> {
  await requireWithinLimit(deps, 'roomChanges', target.username);
  const role = await roleOf(deps.sql, target);
  if (role === undefined) throw new AppError('NOT_A_MEMBER');
  const { attachments } = await revise(deps, target, { changesText: true }, ({ username }) => {
    if (username !== target.username && !has(role, 'deleteMessages')) throw new AppError('ROLE_REQUIRED');
    return { kind: 'deleted' };
  });
  if (attachments) await removeHeldUses(deps, target);
  await forgetPin(deps, target);
}

/**
 * Adds or takes back a reaction. Doing it again changes nothing. Throws 'MESSAGE_NOT_FOUND', 'TOO_MANY_REACTIONS',
 * 'TOO_MANY_REQUESTS'.
 */
export async function reactToRoomMessage(
  deps: Deps,
  { emoji, isOn, ...target }: Target & { emoji: string; isOn: boolean },
): Promise<ShownRoomMessage> {
  await requireWithinLimit(deps, 'roomChanges', target.username);
  const own = { emoji, username: target.username };
  return revise(deps, target, { changesText: false }, ({ reactions: before = [] }) => {
    const reactions = isOn ? withReaction(before, own) : withoutReaction(before, own);
    if (totalOf(reactions) === totalOf(before)) return undefined;
    if (isOn && totalOf(reactions) > maxTotalReactions)
      throw new AppError('TOO_MANY_REACTIONS', {
        message: 'this message has as many reactions as it can have',
      });
    return { kind: 'reaction', reactions };
  });
}

const totalOf = (reactions: Reaction[]) => reactions.reduce((total, { users }) => total + users.length, 0);

/** The message as the member sees it now. Throws 'NOT_A_MEMBER', 'MESSAGE_NOT_FOUND'. */
export async function readRoomMessage(
  deps: Deps,
  { roomId, id, username }: Target,
): Promise<ShownRoomMessage> {
  await requireMember(deps, { roomId, username });
  const message = await deps.roomMessages.find(roomId, id);
  if (!message) throw new AppError('MESSAGE_NOT_FOUND');
  return shownTo(username, message);
}

async function revise(
  deps: Deps,
  { roomId, id, username }: Target,
  { changesText }: { changesText: boolean },
  decide: (message: RoomMessage) => Revision | undefined,
): Promise<ShownRoomMessage> {
  const { message, isChanged } = await deps.roomMessages.revise(roomId, id, (before) => {
    if (before.kind === 'system') throw new AppError('MESSAGE_NOT_FOUND');
    return decide(before);
  });
  if (isChanged && changesText) await takeIntoIndex(deps, roomId, id);
  if (isChanged) await announceChange(deps, roomId, { isListed: changesText });
  return shownTo(username, message);
}

/** So that a search finds the new text at once, and nothing of the old one. */
async function takeIntoIndex(
  { roomMessages, roomSearch }: Pick<Deps, 'roomMessages' | 'roomSearch'>,
  roomId: number,
  id: string,
): Promise<void> {
  if (await roomMessages.isKept(roomId)) await roomSearch.settle({ owner: roomId, id });
}
