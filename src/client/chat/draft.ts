import type { Core } from './core.ts';
import type { Store } from './store.ts';
import type { Conversation, Readable } from './types.ts';

/** The text being written in one conversation. */
export interface Draft {
  readonly readable: Conversation['draft'];
  /** The user is known, so that what is stored can be read. */
  begin(): void;
  /** Another window shows it, too, and has changed it. */
  hear(change: DraftChange): void;
}

/** From what was shown, to what the user has written. */
export interface DraftChange {
  before: string;
  text: string;
}

interface Options {
  key: string;
  attention: Readable<boolean>;
  store(): Store | undefined;
  onChange(change: DraftChange): void;
}

/** After the last letter. */
const saveMs = 300;

export function createDraft(core: Core, { key, attention, store, onChange }: Options): Draft {
  const draft = core.cell('');
  let isKnown = false;
  let isWanted = false;
  let saving: (() => void) | undefined;
  let unwatch: (() => void) | undefined;
  core.onEnd(() => {
    write();
    unwatch?.();
  });

  function write(): void {
    if (!saving) return;
    saving();
    saving = undefined;
    void store()?.write({ [key]: draft.getSnapshot() === '' ? undefined : draft.getSnapshot() });
  }

  function save(): void {
    saving?.();
    saving = core.timer(write, saveMs);
    // The page may be about to be left.
    unwatch ??= attention.subscribe(write);
  }

  function load(): void {
    const stored = store();
    if (isKnown || !isWanted || !stored) return;
    isKnown = true;
    void stored.list(key).then((found) => {
      const text = found.get('');
      if (typeof text === 'string' && draft.getSnapshot() === '') draft.set(text);
    });
  }

  return {
    readable: {
      getSnapshot: draft.getSnapshot,
      subscribe(listener) {
        isWanted = true;
        load();
        return draft.subscribe(listener);
      },
      set(text) {
        isKnown = true;
        const before = draft.getSnapshot();
        draft.set(text);
        onChange({ before, text });
        save();
      },
    },
    begin: load,
    hear({ before, text }) {
      if (draft.getSnapshot() === before) draft.set(text);
    },
  };
}
