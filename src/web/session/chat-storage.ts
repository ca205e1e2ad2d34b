import type { ChatStorage } from '../../client/chat/index.ts';
import { keysOf, read, write } from '../storage.ts';

const prefix = 'mirage.chat.';

/** `localStorage`, which is written before the page can be left. */
export const chatStorage: ChatStorage = {
  async list(start) {
    const found = keysOf(prefix + start).map((key): [string, unknown] => [
      key.slice(prefix.length),
      parse(read(key)),
    ]);
    return new Map(found.filter(([, value]) => value !== undefined));
  },
  async write(changes) {
    for (const [key, value] of changes)
      if (!write(prefix + key, value === undefined ? undefined : JSON.stringify(value)))
        throw new Error('the storage is full or forbidden');
  },
};

function parse(stored: string | undefined): unknown {
  try {
    return JSON.parse(stored ?? '');
  } catch {
    return undefined;
  }
}
