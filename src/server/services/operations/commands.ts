import type { ControlRequest } from '../../infra/bus/control-socket.ts';
import type { ReachedLimit } from '../../infra/limits/rate-limits.ts';
import type { Comparison, Deps, Swept } from '../shared/deps.ts';
import { limitName } from './rate-limits.ts';

/** State of a running server that is not in the database. */
export interface LiveStatus {
  subscriptions: number;
  roomMessages: number;
}

/** Answers CLI commands sent to a running server; published events are handled like the server's own. */
export function answerCommands({
  bus,
  hub,
  roomMessages,
  limits,
  files,
}: Pick<Deps, 'bus' | 'hub' | 'roomMessages' | 'limits' | 'files'>) {
  return async (
    asked: ControlRequest,
  ): Promise<LiveStatus | ReachedLimit[] | (Swept & Comparison) | undefined> => {
    if (asked.do === 'status') return { subscriptions: hub.size, roomMessages: roomMessages.size() };
    if (asked.do === 'listLimits') return limits.reached();
    if (asked.do === 'sweepFiles') return files && { ...(await files.sweep()), ...(await files.compare()) };
    if (asked.do === 'liftLimit') await limits.reset(limitName.parse(asked.name), asked.key);
    else await bus.publish(asked.topic, asked.event);
    return undefined;
  };
}
