import { AppError } from '../../core/errors.ts';
import { requireMember } from '../rooms/membership.ts';
import type { Deps } from '../shared/deps.ts';

/** What a file is uploaded for: a room, or the conversation with a user. */
export type FileTarget = { roomId: number } | { recipient: string };

/** The procedure that sends messages there, whose scope an access token needs to upload files for them. */
export const sendingTo = (target: FileTarget) =>
  'roomId' in target ? 'chat.sendMessage' : 'inbox.sendMessage';

/** Throws 'NOT_A_MEMBER', 'RECIPIENT_NOT_FOUND'. */
export async function requireTarget(deps: Deps, username: string, target: FileTarget): Promise<void> {
  if ('roomId' in target) return requireMember(deps, { roomId: target.roomId, username });
  const { recipient } = target;
  const found = await deps.db.user.findUnique({ where: { username: recipient }, select: { id: true } });
  if (!found) throw new AppError('RECIPIENT_NOT_FOUND');
}
