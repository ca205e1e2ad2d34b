import { useEffect, useRef } from 'react';
import { now } from '../clock.ts';

/** The server's typing state expires after 6 s. */
const repeatMs = 4000;
const pauseMs = 5000;

/** Throttles typing events. Failures are ignored, because the state expires anyway. */
export function useTyping(setTyping: (isTyping: boolean) => Promise<unknown>): (isTyping: boolean) => void {
  const state = useRef<{ sentAtMs: number; timer: ReturnType<typeof setTimeout> | undefined }>({
    sentAtMs: 0,
    timer: undefined,
  });
  const latest = useRef(setTyping);
  latest.current = setTyping;

  function set(isTyping: boolean): void {
    const current = state.current;
    clearTimeout(current.timer);
    if (isTyping) {
      current.timer = setTimeout(() => set(false), pauseMs);
      if (now() - current.sentAtMs < repeatMs) return;
      current.sentAtMs = now();
    } else {
      if (current.sentAtMs === 0) return;
      current.sentAtMs = 0;
    }
    latest.current(isTyping).catch(() => {});
  }

  useEffect(() => () => clearTimeout(state.current.timer), []);
  return set;
}
