import type { TRPCLink } from '@trpc/client';
import { observable } from '@trpc/server/observable';
import type { AppRouter } from './api.ts';

/** `idle`: nothing is subscribed to. `connecting`: something is, and events may be late; they will come. */
export type ConnectionState = 'idle' | 'connecting' | 'open';

/** How the subscriptions of a client are connected. */
export interface Connection {
  /** As badly as the worst of them. */
  readonly state: ConnectionState;
  /** Calls the listener at each change, until the function it gives is called. */
  onChange(listener: (state: ConnectionState) => void): () => void;
  /** Ends all subscriptions and lets go of the network. */
  close(): void;
}

/** Watches subscriptions on their way, and sums up how they are connected: as badly as the worst of them. */
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
        // Only now: on a connection that is there already, it is open by this time, and nothing has changed.
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
