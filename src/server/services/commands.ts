import type { ControlRequest } from '../bus/control-socket.ts';
import type { Deps } from '../context.ts';

/** What a server knows that is in no database. */
export interface LiveStatus {
  subscriptions: number;
  roomMessages: number;
}

/** How a server answers commands: news are acted upon as if they came from within. */
export function answerCommands({ bus, hub, roomMessages }: Pick<Deps, 'bus' | 'hub' | 'roomMessages'>) {
  return async (asked: ControlRequest): Promise<LiveStatus | undefined> => {
    if (asked.do === 'status') return { subscriptions: hub.size, roomMessages: roomMessages.size() };
    await bus.publish(asked.topic, asked.notice);
    return undefined;
  };
}
