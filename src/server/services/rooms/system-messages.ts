import { allRoomsTopic } from '../../infra/live/room-feed.ts';
import type { SystemEvent } from '../../infra/stores/room-message-store.ts';
import type { Deps } from '../shared/deps.ts';
import { publish } from '../shared/publish.ts';
import { roomTopic } from './message-events.ts';

export { systemEvents } from '../../infra/stores/room-message-store.ts';

interface News {
  roomId: number;
  event: SystemEvent;
  /** Whom it is about; for a name or a topic, who changed it, or '' for an administrator. */
  username: string;
  /** The new name or topic. */
  text?: string;
}

/** What telling takes, which commands have as well. */
export type TellDeps = Pick<Deps, 'config' | 'roomMessages' | 'bus' | 'log' | 'limits'>;

/**
 * Tells a room of what has happened in it, in a message, where the setting says so. It comes after the fact, which stands even if
 * the message cannot be stored.
 */
export async function tellRoom(deps: TellDeps, { roomId, event, username, text = '' }: News): Promise<void> {
  const { config, roomMessages, limits, log } = deps;
  try {
    if (config.systemMessages === 'off') return;
    if (config.systemMessages === 'kept' && !(await roomMessages.isKept(roomId))) return;
    // Whoever goes in and out would otherwise push out what others say.
    const isCounted = event !== 'renamed' && event !== 'topic';
    if (isCounted && (await limits.count('comingAndGoing', username)) > 0) return;
    await roomMessages.appendNamed({ roomId, username, text, event });
  } catch (err) {
    log.error({ err, roomId, event }, 'storing a system message failed');
    return;
  }
  if (!roomMessages.announcesAppends(roomId)) await publish(deps, roomTopic(roomId));
  await publish(deps, allRoomsTopic, { touched: [roomId] });
}
