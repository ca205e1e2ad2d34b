import { useEffect, useRef } from 'react';
import { now } from '../clock.ts';

/** The server takes whoever says nothing for 6 s to have stopped. */
const repeatMs = 4000;
const pauseMs = 5000;

/** Tells of typing as seldom as will do. What gets lost is of no matter, so failures are not told. */
export function useTyping(tell: (isTyping: boolean) => Promise<unknown>): (isTyping: boolean) => void {
  const state = useRef<{ toldAtMs: number; timer: ReturnType<typeof setTimeout> | undefined }>({
    toldAtMs: 0,
    timer: undefined,
  });
  const latest = useRef(tell);
  latest.current = tell;

  function set(isTyping: boolean): void {
    const current = state.current;
    clearTimeout(current.timer);
    if (isTyping) {
      current.timer = setTimeout(() => set(false), pauseMs);
      if (now() - current.toldAtMs < repeatMs) return;
      current.toldAtMs = now();
    } else {
      if (current.toldAtMs === 0) return;
      current.toldAtMs = 0;
    }
    latest.current(isTyping).catch(() => {});
  }

  useEffect(() => () => clearTimeout(state.current.timer), []);
  return set;
}
