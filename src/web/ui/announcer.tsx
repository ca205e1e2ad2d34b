import { createStore, useStore } from '../state/store.ts';

const said = createStore({ words: '', turn: 0 });

/** Tells readers who do not see what has just happened. */
export function announce(words: string): void {
  said.set({ words, turn: said.get().turn + 1 });
}

/** To be there once, and always: a live region that appears with its words is often not read. */
export function Announcer() {
  const { words, turn } = useStore(said);
  return (
    <div className="visually-hidden" role="status" aria-live="polite" data-testid="announcer">
      <span key={turn}>{words}</span>
    </div>
  );
}
