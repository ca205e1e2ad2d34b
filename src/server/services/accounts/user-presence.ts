import { presenceView } from '../../infra/live/presence-view.ts';
import type { Subscription } from '../../infra/live/subscription.ts';
import { openSubscription, type Subscriber } from '../live/open-subscription.ts';
import type { Deps } from '../shared/deps.ts';

/** Who of these users is online, as far as the subscriber may see. A name that nobody has is as one who is offline. */
export function followUsers(
  deps: Deps,
  { usernames, ...subscriber }: Subscriber & { usernames: string[] },
): Promise<Subscription> {
  const { username } = subscriber.session;
  const watched = [...new Set(usernames)];
  return openSubscription(deps, deps.userPresence.newTopic(username), {
    ...subscriber,
    after: undefined,
    watched,
    view: (sink) => presenceView(username, sink),
    source: deps.userPresence.source(username, watched),
  });
}
