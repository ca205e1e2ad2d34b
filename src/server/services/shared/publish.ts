import type { EphemeralEvent } from '../../infra/bus/event-bus.ts';
import type { Deps } from './deps.ts';

/**
 * Publishes a signal about stored data, or an ephemeral event. A failure is ignored: subscribers read again when the bus
 * is back.
 */
export async function publish(
  { bus, log }: Pick<Deps, 'bus' | 'log'>,
  topic: string,
  event?: EphemeralEvent,
): Promise<void> {
  try {
    await bus.publish(topic, event);
  } catch (err) {
    log.debug({ err, topic }, 'publish failed');
  }
}
