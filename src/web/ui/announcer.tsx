import { createStore, useStore } from '../store.ts';

const said = createStore({ words: '', turn: 0 });

/** Announces a message to screen readers. */
export function announce(words: string): void {
  said.set({ words, turn: said.get().turn + 1 });
}

/** Rendered once and permanently: a live region that is added together with its text is often not read. */
export function Announcer() {
  const { words, turn } = useStore(said);
  return (
    <div className="visually-hidden" role="status" aria-live="polite" data-testid="announcer">
      <span key={turn}>{words}</span>
    </div>
  );
}
