import type { TrackedEnvelope } from '@trpc/server';
import { z } from 'zod';
import { Subscription } from '../../infra/live/subscription.ts';

/** No envelope in the types of a procedure that sends no tracked events. */
type Envelope<Tracked> = [Tracked] extends [never] ? never : TrackedEnvelope<Tracked>;

export type Events<Tracked, Untracked> = AsyncIterable<Envelope<Tracked> | Untracked, void, unknown>;

/** The schemas of the events that a subscription sends. A tracked event has an id to resume after. */
export interface EventSchemas<
  Tracked extends z.ZodType = z.ZodType,
  Untracked extends z.ZodType = z.ZodType,
> {
  tracked: Tracked;
  untracked: Untracked;
}

const schemasOfEvents = new WeakMap<z.ZodType, EventSchemas>();

/**
 * The output of a subscription. Its events are checked by the compiler and by tests, not at run time: an event is encoded
 * once for all subscribers, and services build each from its own fields.
 */
export function eventsOf<Tracked extends z.ZodType, Untracked extends z.ZodType>(
  schemas: EventSchemas<Tracked, Untracked>,
): z.ZodCustom<Events<z.output<Tracked>, z.output<Untracked>>> {
  const output = z.custom<Events<z.output<Tracked>, z.output<Untracked>>>(
    (value) =>
      value instanceof Subscription ||
      (typeof value === 'object' && value !== null && Symbol.asyncIterator in value),
  );
  schemasOfEvents.set(output, schemas);
  return output;
}

/** The schemas given to {@link eventsOf}, or undefined for any other output. */
export const eventSchemasOf = (output: z.ZodType): EventSchemas | undefined => schemasOfEvents.get(output);
