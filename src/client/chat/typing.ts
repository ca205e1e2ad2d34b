import type { Core } from './core.ts';
import type { Readable } from './types.ts';

/** Who is typing in one conversation, and whether the user is. */
export interface Typing {
  keystroke(): void;
  stop(): void;
  /**
   * Another has begun or gone on, or has stopped. With `willTell` whoever tells this tells of the end, too; otherwise it ends
   * by itself.
   */
  hear(username: string, isTyping: boolean, willTell?: boolean): void;
  clear(): void;
  onChange(listener: (names: readonly string[]) => void): void;
}

/** The server shows it for six seconds. */
const tellMs = 4000;
const pauseMs = 5000;
const heardMs = 7000;

export function createTyping(
  core: Core,
  attention: Readable<boolean>,
  tell: (isTyping: boolean) => Promise<unknown>,
): Typing {
  const heard = new Map<string, () => void>();
  let listener: (names: readonly string[]) => void = () => {};
  let isTyping = false;
  let isRecent = false;
  let cancelPause: (() => void) | undefined;
  let cancelRecent: (() => void) | undefined;
  let unwatch: (() => void) | undefined;

  const say = (value: boolean) => void tell(value).catch(() => {});
  const update = () => listener([...heard.keys()]);

  function stop(): void {
    cancelPause?.();
    cancelRecent?.();
    unwatch?.();
    unwatch = undefined;
    isRecent = false;
    if (isTyping) say(false);
    isTyping = false;
  }

  return {
    keystroke() {
      if (core.isEnded) return;
      cancelPause?.();
      cancelPause = core.timer(stop, pauseMs);
      unwatch ??= attention.subscribe(() => {
        if (!attention.getSnapshot()) stop();
      });
      if (isRecent) return;
      isTyping = true;
      isRecent = true;
      cancelRecent = core.timer(() => {
        isRecent = false;
      }, tellMs);
      say(true);
    },
    stop,
    hear(username, isOn, willTell = false) {
      if (username === core.me.getSnapshot()) return;
      const before = heard.get(username);
      before?.();
      const end = () => {
        heard.delete(username);
        update();
      };
      if (isOn) heard.set(username, willTell ? () => {} : core.timer(end, heardMs));
      else heard.delete(username);
      if ((before !== undefined) !== isOn) update();
    },
    clear() {
      for (const cancel of heard.values()) cancel();
      if (heard.size === 0) return;
      heard.clear();
      update();
    },
    onChange(next) {
      listener = next;
    },
  };
}
