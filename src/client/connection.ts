import type { TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { AppRouter } from './api.ts';

/** `idle`: there are no subscriptions. `connecting`: there are, and their events may be delayed. */
export type ConnectionState = 'idle' | 'connecting' | 'open';

/** How the subscriptions of a client are connected. */
export interface Connection {
  /** The worst state of any of them. */
  readonly state: ConnectionState;
  /** Calls the listener at each change. Returns the function that stops it. */
  onChange(listener: (state: ConnectionState) => void): () => void;
  /** Ends all subscriptions and closes the connection. */
  close(): void;
}

/** A link that observes the state of all subscriptions, and the `Connection` that sums them up. */
export function createConnection(closeTransport: () => void): {
  connection: Connection;
  link: TRPCLink<AppRouter>;
} {
  const states = new Map<object, ConnectionState>();
  const listeners = new Set<(state: ConnectionState) => void>();
  const stops = new Set<() => void>();
  let state: ConnectionState = 'idle';

  function update(): void {
    const all = [...states.values()];
    const next = all.includes('connecting') ? 'connecting' : all.includes('open') ? 'open' : 'idle';
    if (next === state) return;
    state = next;
    for (const listener of [...listeners]) listener(state);
  }

  const link: TRPCLink<AppRouter> = () => {
    return ({ op, next }) =>
      observable((observer) => {
        const key = {};
        function set(value: ConnectionState) {
          states.set(key, value);
          update();
        }
        function end() {
          stops.delete(stop);
          states.delete(key);
          update();
        }
        states.set(key, 'connecting');
        const inner = next(op).subscribe({
          next(envelope) {
            const { result } = envelope;
            if (result.type === 'state') set(result.state === 'pending' ? 'open' : 'connecting');
            observer.next(envelope);
          },
          error(error) {
            end();
            observer.error(error);
          },
          complete() {
            end();
            observer.complete();
          },
        });
        const stop = () => {
          inner.unsubscribe();
          end();
        };
        if (states.has(key)) stops.add(stop);
        // Only now: on a connection that is open already, the subscription is open by now, and nothing has changed.
        update();
        return stop;
      });
  };

  return {
    link,
    connection: {
      get state() {
        return state;
      },
      onChange(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      close() {
        for (const stop of [...stops]) stop();
        closeTransport();
      },
    },
  };
}
