import type { Reason } from '../api.ts';
import type { MirageClient } from '../create-client.ts';
import { isUnreachable, reasonOf, retryAfterMsOf } from '../errors.ts';
import { systemClock } from './clock.ts';
import type { ChatError, ChatState, Clock, Limits, Readable } from './types.ts';

/** A readable that its owner sets. */
export interface Cell<T> extends Readable<T> {
  set(value: T): void;
}

/** Work that goes on as long as somebody needs it, and a while longer. */
export interface Work {
  /** Returns the function that says that it is needed no longer. */
  retain(): () => void;
  readonly isRunning: boolean;
}

/** Something to bring up to date before anybody is told. */
type Update = () => void;

/** What all parts of a chat share. */
export interface Core {
  readonly client: MirageClient;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly me: Cell<string | null>;
  readonly state: Cell<ChatState>;
  readonly isEnded: boolean;
  /** Whether events come. */
  readonly isConnected: boolean;
  /** A call of the client, whose end `idle` waits for. */
  call<T>(run: () => Promise<T>): Promise<T>;
  /** `idle` waits until the returned function is called. */
  hold(): () => void;
  /** Runs the update soon, together with others. */
  touch(update: Update): void;
  /** Runs it 50 ms later, by when what is in view has been reported as seen. */
  touchLater(update: Update): void;
  /** Runs them now: what users do themselves is shown at once. */
  flush(): void;
  timer(run: () => void, ms: number): () => void;
  cell<T>(value: T, ...works: Work[]): Cell<T>;
  work(start: () => () => void): Work;
  /** Runs it until it succeeds, is refused or is stopped by the returned function. `fail` is called after each failure. */
  persist(run: () => Promise<void>, fail: (error: ChatError) => void): () => void;
  /** Calls the listener each time the connection opens. */
  onOpen(listener: () => void): void;
  onEnd(listener: () => void): void;
  /** A refusal may mean that the session is over. */
  check(error: unknown): void;
  idle(): Promise<void>;
  end(error: ChatError | null): void;
  /** After `end`: no timer stays, and nobody is told of anything. */
  close(): void;
}

/** Updates are shown together, once per frame. */
const frameMs = 16;
const laterMs = 50;

const transient: (Reason | null)[] = [null, 'UNAVAILABLE', 'INTERNAL'];

export function errorOf(cause: unknown): ChatError {
  const reason = reasonOf(cause) ?? null;
  const retryAfterMs = retryAfterMsOf(cause) ?? null;
  const isKnown = reason !== null || isUnreachable(cause);
  return {
    reason,
    canRetry: retryAfterMs !== null || (isKnown && transient.includes(reason)),
    retryAfterMs,
    cause,
  };
}

/** The token may have been renewed; if the session is over, all of it ends. */
export const mayRetry = ({ canRetry, reason }: ChatError): boolean => canRetry || reason === 'UNAUTHORIZED';

/** Doubles from one second to thirty, and is shortened at random, so that clients do not all come at once. */
export const delayMs = (attempt: number, { retryAfterMs }: ChatError): number =>
  (retryAfterMs ?? 0) + Math.min(30_000, 1000 * 2 ** attempt) * (0.5 + Math.random() / 2);

/** Tells listeners, each of which may subscribe and unsubscribe others meanwhile. */
export const tell = (listeners: ReadonlySet<() => void>): void => {
  for (const listener of [...listeners]) listener();
};

export function createCore(
  client: MirageClient,
  username: string | undefined,
  { clock = systemClock, limits }: { clock?: Clock | undefined; limits: Limits },
): Core {
  const updates = new Set<Update>();
  const timers = new Set<() => void>();
  const opened = new Set<() => void>();
  const ended = new Set<() => void>();
  const idlers = new Set<() => void>();
  const stops = new Set<() => void>();
  let frame: (() => void) | undefined;
  let busy = 0;
  let isEnded = false;
  let isClosed = false;
  let isChecking = false;

  function timer(run: () => void, ms: number): () => void {
    if (isClosed) return () => {};
    const cancel = clock.setTimer(() => {
      timers.delete(cancel);
      run();
    }, ms);
    timers.add(cancel);
    return () => {
      timers.delete(cancel);
      cancel();
    };
  }

  function flush(): void {
    frame?.();
    frame = undefined;
    const due = [...updates];
    updates.clear();
    for (const update of due) update();
    settle();
  }

  function settle(): void {
    if (busy > 0 || updates.size > 0) return;
    tell(idlers);
    idlers.clear();
  }

  function hold(): () => void {
    let isHeld = true;
    busy += 1;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      busy -= 1;
      // What comes of it may begin something else.
      void Promise.resolve().then(settle);
    };
  }

  async function call<T>(run: () => Promise<T>): Promise<T> {
    const release = hold();
    try {
      return await run();
    } catch (error) {
      check(error);
      throw error;
    } finally {
      release();
    }
  }

  function cell<T>(initial: T, ...works: Work[]): Cell<T> {
    const listeners = new Set<() => void>();
    let value = initial;
    return {
      getSnapshot: () => value,
      subscribe(listener) {
        const own = () => listener(); // the same function may be given twice
        const releases = works.map((work) => work.retain());
        listeners.add(own);
        return () => {
          if (!listeners.delete(own)) return;
          for (const release of releases) release();
        };
      },
      set(next) {
        if (Object.is(next, value) || isClosed) return;
        value = next;
        tell(listeners);
      },
    };
  }

  function work(start: () => () => void): Work {
    let users = 0;
    let stop: (() => void) | undefined;
    let cancel: (() => void) | undefined;
    const end = () => {
      cancel?.();
      cancel = undefined;
      if (stop) stops.delete(end);
      stop?.();
      stop = undefined;
    };
    return {
      get isRunning() {
        return stop !== undefined;
      },
      retain() {
        users += 1;
        cancel?.();
        cancel = undefined;
        if (!stop && !isEnded) {
          stops.add(end);
          stop = () => {};
          stop = start();
        }
        let isRetained = true;
        return () => {
          if (!isRetained) return;
          isRetained = false;
          users -= 1;
          if (users === 0 && stop) cancel = timer(end, limits.graceMs);
        };
      },
    };
  }

  function persist(run: () => Promise<void>, fail: (error: ChatError) => void): () => void {
    let attempt = 0;
    let isStopped = false;
    let cancel: (() => void) | undefined;
    const again = () => {
      cancel?.();
      cancel = undefined;
      opened.delete(again);
      if (isStopped || isEnded) return;
      run().then(
        () => {},
        (cause: unknown) => {
          if (isStopped || isEnded) return;
          const error = errorOf(cause);
          fail(error);
          if (!mayRetry(error)) return;
          cancel = timer(again, delayMs(attempt, error));
          attempt += 1;
          if (error.retryAfterMs === null) opened.add(again);
        },
      );
    };
    again();
    return () => {
      isStopped = true;
      cancel?.();
      opened.delete(again);
    };
  }

  /** The token may have been renewed meanwhile: it is asked for once more. */
  function check(cause: unknown): void {
    if (isEnded || isChecking || reasonOf(cause) !== 'UNAUTHORIZED') return;
    isChecking = true;
    const release = hold();
    client.auth.me
      .query()
      .catch((error: unknown) => {
        if (reasonOf(error) === 'UNAUTHORIZED') end(errorOf(error));
      })
      .finally(() => {
        isChecking = false;
        release();
      });
  }

  function end(error: ChatError | null): void {
    if (isEnded) return;
    isEnded = true;
    for (const stop of [...stops]) stop();
    state.set({ ...state.getSnapshot(), session: 'ended', error });
    tell(ended);
    flush();
  }

  function touch(update: Update): void {
    if (isClosed) return;
    updates.add(update);
    frame ??= timer(flush, frameMs);
  }

  const me = cell<string | null>(username ?? null);
  const state = cell<ChatState>({
    connection: client.connection.state,
    session: username === undefined ? 'starting' : 'open',
    error: null,
  });
  let wasOpen = client.connection.state === 'open';
  const unwatch = client.connection.onChange((connection) => {
    if (isEnded) return;
    state.set({ ...state.getSnapshot(), connection });
    const isOpen = connection === 'open';
    if (isOpen && !wasOpen) tell(opened);
    wasOpen = isOpen;
  });

  return {
    client,
    clock,
    limits,
    me,
    state,
    get isEnded() {
      return isEnded;
    },
    get isConnected() {
      return client.connection.state === 'open';
    },
    call,
    hold,
    touch,
    touchLater(update) {
      const release = hold();
      timer(() => {
        touch(update);
        release();
      }, laterMs);
    },
    flush,
    timer,
    cell,
    work,
    persist,
    check,
    end,
    onOpen: (listener) => void opened.add(listener),
    onEnd: (listener) => void ended.add(listener),
    idle: () =>
      new Promise((resolve) => {
        idlers.add(resolve);
        void Promise.resolve().then(settle);
      }),
    close() {
      isClosed = true;
      unwatch();
      for (const cancel of timers) cancel();
      timers.clear();
      updates.clear();
      tell(idlers);
      idlers.clear();
    },
  };
}

/** Lower-case letters and digits, without what only pages with TLS have. */
export function createId(): string {
  const bytes = new Uint8Array(20);
  if (globalThis.crypto) globalThis.crypto.getRandomValues(bytes);
  else for (const index of bytes.keys()) bytes[index] = Math.random() * 256;
  return Array.from(bytes, (byte) => (byte % 36).toString(36)).join('');
}
