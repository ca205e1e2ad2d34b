import { type Operation, type OperationResultEnvelope, TRPCClientError, type TRPCLink } from '@trpc/client';
import { type Observer, observable } from '@trpc/server/observable';
import type { AppRouter } from './api.ts';
import { backoffMs } from './backoff.ts';
import type { MirageError } from './errors.ts';
import { readEventStream } from './event-stream.ts';
import { authorization, type TokenSource } from './token.ts';

type Envelope = OperationResultEnvelope<unknown, MirageError>;

interface Entry {
  op: Operation;
  lastEventId: string | undefined;
  observer: Observer<Envelope, MirageError>;
}

/** A message about one subscription, as the server would send it over a WebSocket. */
type Message = { id: number } & (
  | { error: { code: number; message: string } }
  | { result: { type: 'started' | 'stopped' } | { type: 'data'; data: unknown; id?: string } }
);

/**
 * All subscriptions of a client in one event stream, of which browsers allow only few to a server. Whenever they change, a
 * new request with all of them replaces the stream, and each resumes where it was.
 */
export function createSharedStream(endpoint: URL, token: TokenSource) {
  const url = `${endpoint.href}/subscriptions`;
  const entries = new Map<number, Entry>();
  let lastId = 0;
  let failures = 0;
  let current: AbortController | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Together with other changes of the same tick; after a failure, not before its delay is over. */
  function restart(): void {
    if (timer !== undefined && entries.size > 0) return;
    clearTimeout(timer);
    timer = setTimeout(run, 0);
  }

  async function run(): Promise<void> {
    timer = undefined;
    current?.abort();
    current = undefined;
    if (entries.size === 0) return;
    const abort = new AbortController();
    current = abort;
    try {
      const subscriptions = [...entries].map(([id, { op, lastEventId }]) => {
        return { id, path: op.path, input: op.input, ...(lastEventId !== undefined && { lastEventId }) };
      });
      const headers = { ...(await authorization(token)), 'content-type': 'application/json' };
      const body = JSON.stringify({ subscriptions });
      await readEventStream(url, { method: 'POST', headers, body, cache: 'no-store' }, abort, {
        onOpen() {
          if (current === abort) failures = 0;
        },
        onMessage(message) {
          if (current === abort) receive(message as Message); // safe: as the server sends it
        },
      });
    } catch (error) {
      if (current === abort) fail(TRPCClientError.from(error as Error));
    }
  }

  function receive(message: Message): void {
    const entry = entries.get(message.id);
    if (!entry) return;
    const { observer } = entry;
    if ('error' in message) {
      remove(message.id);
      observer.error(TRPCClientError.from({ error: message.error as never })); // safe: as tRPC's errors are sent
      return;
    }
    const { result } = message;
    if (result.type === 'data') entry.lastEventId = result.id ?? entry.lastEventId;
    observer.next({ result });
    if (result.type === 'started')
      observer.next({ result: { type: 'state', state: 'pending', error: null } });
    if (result.type !== 'stopped') return;
    remove(message.id);
    observer.complete();
  }

  /** Tries again later, unless the server has refused the request for good. */
  function fail(error: MirageError): void {
    current = undefined;
    const isFinal = error.data != null && error.data.httpStatus < 500 && !error.data.retryAfterMs;
    if (isFinal) {
      const refused = [...entries.values()];
      entries.clear();
      for (const { observer } of refused) observer.error(error);
      return;
    }
    timer = setTimeout(run, (error.data?.retryAfterMs ?? 0) + backoffMs(failures));
    failures += 1;
    for (const { observer } of [...entries.values()])
      observer.next({ result: { type: 'state', state: 'connecting', error } });
  }

  function remove(id: number): void {
    if (entries.delete(id) && entries.size === 0) restart();
  }

  const link: TRPCLink<AppRouter> = () => {
    return ({ op }) =>
      observable((observer) => {
        lastId += 1;
        const id = lastId;
        entries.set(id, { op, lastEventId: undefined, observer });
        observer.next({ result: { type: 'state', state: 'connecting', error: null } });
        restart();
        return () => {
          if (entries.delete(id)) restart();
        };
      });
  };

  return {
    link,
    close() {
      entries.clear();
      clearTimeout(timer);
      timer = undefined;
      current?.abort();
      current = undefined;
    },
  };
}
