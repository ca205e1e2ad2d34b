import { roomsTopic } from '../../infra/live/room-feed.ts';
import type { Subscription } from '../../infra/live/subscription.ts';
import { openSubscription, type Subscriber } from '../live/open-subscription.ts';
import type { Deps } from '../shared/deps.ts';

/** The rooms of the user, and what changes about them. */
export function followRooms(deps: Deps, subscriber: Subscriber): Promise<Subscription> {
  const { username } = subscriber.session;
  return openSubscription(deps, roomsTopic(username), {
    ...subscriber,
    after: undefined,
    source: deps.roomFeed.source(username),
  });
}
