import type { Core } from './core.ts';
import { delayMs, errorOf } from './core.ts';
import { compare, placeOf } from './place.ts';
import { keyOf, type Source } from './source.ts';
import type { Store } from './store.ts';
import type { Readable, Target } from './types.ts';

/** How far the user has read, in all conversations. */
export interface Reading {
  /** The newest message that was read here. */
  markOf(target: Target): string | undefined;
  /** With what is being looked at, so that the numbers of what is in view do not flicker. */
  shownMarkOf(target: Target): string | undefined;
  /** What is visible of a conversation; null if nothing is. */
  see(target: Target, id: string | null): void;
  /** The user leaves. Resolves when no mark is under way. */
  leave(target: Target): Promise<void>;
  /** What was visible has been read: the user has answered it. */
  settle(target: Target): void;
  /** The user is known. */
  begin(): void;
  close(): void;
}

interface Options {
  attention: Readable<boolean>;
  source(target: Target): Source;
  onChange(): void;
}

/** What is visible and looked at for this long is read. */
const lookMs = 500;
/** Between the marks of one conversation. */
const markMs = 1000;

interface Mark {
  target: Target;
  /** What was read, of which the server knows up to `confirmed`. */
  upTo: string | undefined;
  confirmed: string | undefined;
  visible: string | null;
  cancelLook: (() => void) | undefined;
  isSending: boolean;
  /** Under way. */
  request: Promise<unknown> | undefined;
}

const isLater = (a: string, b: string | undefined) => b === undefined || compare(placeOf(a), placeOf(b)) > 0;

export function createReading(
  core: Core,
  stored: () => Store | undefined,
  { attention, source, onChange }: Options,
): Reading {
  const marks = new Map<string, Mark>();
  let isClosed = false;

  function markFor(target: Target): Mark {
    const key = keyOf(target);
    let mark = marks.get(key);
    if (!mark) {
      mark = {
        target,
        upTo: undefined,
        confirmed: undefined,
        visible: null,
        cancelLook: undefined,
        isSending: false,
        request: undefined,
      };
      marks.set(key, mark);
    }
    return mark;
  }

  function read(mark: Mark): void {
    mark.cancelLook = undefined;
    if (mark.visible === null || !isLater(mark.visible, mark.upTo)) return;
    mark.upTo = mark.visible;
    void stored()?.write({ [`mark/${keyOf(mark.target)}`]: { target: mark.target, upTo: mark.upTo } });
    onChange();
    void send(mark);
  }

  function look(mark: Mark): void {
    const isNew = mark.visible !== null && isLater(mark.visible, mark.upTo);
    if (isNew && attention.getSnapshot()) mark.cancelLook ??= core.timer(() => read(mark), lookMs);
    else if (mark.cancelLook) {
      mark.cancelLook();
      mark.cancelLook = undefined;
    } else return;
    onChange();
  }

  /** One request at a time; what was read meanwhile goes with the next one. */
  async function send(mark: Mark): Promise<void> {
    if (mark.isSending) return;
    mark.isSending = true;
    for (let attempt = 0; ; ) {
      const { upTo } = mark;
      if (upTo === undefined || !isLater(upTo, mark.confirmed) || isClosed || core.isEnded) break;
      let delay = markMs;
      try {
        mark.request = source(mark.target).markRead(upTo);
        await mark.request;
        mark.confirmed = upTo;
        attempt = 0;
        if (mark.upTo === upTo) void stored()?.write({ [`mark/${keyOf(mark.target)}`]: undefined });
      } catch (cause) {
        const error = errorOf(cause);
        if (error.canRetry) delay = delayMs(attempt, error);
        else {
          mark.confirmed = upTo; // there is nothing more to be done about it
          void stored()?.write({ [`mark/${keyOf(mark.target)}`]: undefined });
        }
        attempt += 1;
      }
      await new Promise<void>((resolve) => {
        core.timer(resolve, delay);
      });
    }
    mark.isSending = false;
  }

  const unwatch = attention.subscribe(() => {
    for (const mark of marks.values()) look(mark);
  });

  /** What an earlier page has not told the server. */
  async function begin(): Promise<void> {
    const release = core.hold();
    for (const value of (await stored()?.list('mark/'))?.values() ?? []) {
      const { target, upTo } = value as { target: Target; upTo: string }; // safe: as they were stored
      const mark = markFor(target);
      if (isLater(upTo, mark.upTo)) mark.upTo = upTo;
      void send(mark);
    }
    onChange();
    release();
  }

  return {
    begin: () => void begin(),
    markOf: (target) => marks.get(keyOf(target))?.upTo,
    shownMarkOf(target) {
      const mark = marks.get(keyOf(target));
      return (mark?.cancelLook && mark.visible) ?? mark?.upTo;
    },
    see(target, id) {
      const mark = markFor(target);
      mark.visible = id;
      look(mark);
    },
    async leave(target) {
      const mark = markFor(target);
      mark.visible = null;
      look(mark);
      mark.confirmed = mark.upTo;
      await mark.request?.catch(() => {});
    },
    settle(target) {
      const mark = marks.get(keyOf(target));
      if (!mark) return;
      mark.cancelLook?.();
      read(mark);
    },
    close() {
      isClosed = true;
      unwatch();
    },
  };
}
