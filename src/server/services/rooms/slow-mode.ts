import { AppError } from '../../core/errors.ts';
import type { NamedDraft } from '../../infra/stores/room-message-store.ts';
import type { Deps } from '../shared/deps.ts';
import { readPause } from './membership.ts';

/** The longest that a room makes its members wait. */
export const maxSlowModeSeconds = 3600;

type SlowMode = Pick<Deps, 'sql' | 'accessCache' | 'limits' | 'metrics' | 'roomMessages'>;

/** The turn to send a message that a member has taken in a room with slow mode. */
export interface Turn {
  /** The turn is not used up by a message that failed, or that had been sent before. */
  keepFor<Sent extends { isRepeat: boolean }>(sending: Promise<Sent>): Promise<Sent>;
}

/**
 * For members whose pause is not known to be 0. Resolves to undefined if it is. Throws 'SLOW_MODE', unless the message is one
 * that has been sent.
 */
export async function takeTurn(deps: SlowMode, draft: NamedDraft): Promise<Turn | undefined> {
  const { roomId, username } = draft;
  const pause = deps.accessCache.pauseOf(roomId, username) ?? (await readPause(deps, draft));
  if (pause === undefined) throw new AppError('NOT_A_MEMBER');
  if (pause === 0) return undefined;
  const key = JSON.stringify([roomId, username]);
  const retryAfterMs = await countMessage(deps, key, pause * 1000);
  if (retryAfterMs === 0) return { keepFor: (sending) => keep(deps, key, sending) };
  // A repeat is answered as before.
  if (await deps.roomMessages.isSent(draft)) return undefined;
  deps.metrics.refused('slowMode');
  throw new AppError('SLOW_MODE', { retryAfterMs });
}

/** A pause that began when the room's was longer ends with the shorter one. */
async function countMessage({ limits }: SlowMode, key: string, pauseMs: number): Promise<number> {
  const retryAfterMs = await limits.count('slowMode', key, pauseMs);
  if (retryAfterMs <= pauseMs) return retryAfterMs;
  await limits.reset('slowMode', key);
  return limits.count('slowMode', key, pauseMs);
}

async function keep<Sent extends { isRepeat: boolean }>(
  { limits }: SlowMode,
  key: string,
  sending: Promise<Sent>,
): Promise<Sent> {
  let isRepeat = true;
  try {
    const sent = await sending;
    isRepeat = sent.isRepeat;
    return sent;
  } finally {
    if (isRepeat) await limits.reset('slowMode', key);
  }
}
