import { applyPresence, type Present } from '../presence.ts';
import type { Core, Work } from './core.ts';
import type { Readable } from './types.ts';

/** Who of the users that are watched is online, by one subscription. */
export interface Presences {
  of(usernames: readonly string[]): Readable<ReadonlyMap<string, boolean>>;
  one(username: string): { work: Work; isOnline(): boolean };
}

/** Names that are added and dropped together subscribe once. */
const gatherMs = 50;
/** What one subscription takes. */
const maxNames = 500;

export function createPresences(core: Core, onChange: () => void): Presences {
  const watched = new Map<string, number>();
  const updates = new Set<() => void>();
  let present: Present | undefined;
  /** Of whom the server tells. */
  let subscribed: readonly string[] = [];
  let subscription: { unsubscribe(): void } | undefined;
  let isWaiting = false;

  function change(): void {
    for (const update of updates) core.touch(update);
    onChange();
  }

  function subscribe(): void {
    isWaiting = false;
    const names = [...watched.keys()].sort().slice(0, maxNames);
    if (names.join('\n') === subscribed.join('\n')) return;
    subscription?.unsubscribe();
    subscribed = names;
    if (names.length === 0 || core.isEnded) return;
    subscription = core.client.users.onPresence.subscribe(
      { usernames: names },
      {
        onData(event) {
          present = applyPresence(event.type === 'state' ? undefined : present, event);
          change();
        },
        onConnectionStateChange({ state }) {
          if (state !== 'connecting') return;
          present = undefined; // unknown, which is not offline
          change();
        },
        onError(error) {
          core.check(error);
          present = undefined;
          subscribed = [];
          change();
        },
      },
    );
  }

  function watch(names: readonly string[], by: number): void {
    for (const name of names) {
      const count = (watched.get(name) ?? 0) + by;
      if (count > 0) watched.set(name, count);
      else watched.delete(name);
    }
    if (isWaiting) return;
    isWaiting = true;
    core.timer(subscribe, gatherMs);
  }

  const workFor = (names: readonly string[]) =>
    core.work(() => {
      watch(names, 1);
      return () => watch(names, -1);
    });

  const stateOf = (name: string): boolean | undefined =>
    present && subscribed.includes(name) ? present.online.has(name) : undefined;

  return {
    of(usernames) {
      const names = [...new Set(usernames)];
      const cell = core.cell<ReadonlyMap<string, boolean>>(
        new Map(),
        core.work(() => {
          updates.add(update);
          const release = names.length > 0 ? own.retain() : () => {};
          core.touch(update);
          return () => {
            updates.delete(update);
            release();
          };
        }),
      );
      const own = workFor(names);
      function update(): void {
        const known = names.flatMap((name) => {
          const state = stateOf(name);
          return state === undefined ? [] : [[name, state] as const];
        });
        const before = cell.getSnapshot();
        const isSame =
          before.size === known.length && known.every(([name, state]) => before.get(name) === state);
        if (!isSame) cell.set(new Map(known));
      }
      return cell;
    },
    one: (username) => ({ work: workFor([username]), isOnline: () => stateOf(username) === true }),
  };
}
