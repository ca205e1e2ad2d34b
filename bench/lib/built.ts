/**
 * A part of the built Mirage, by its path in dist/: what users run is what is measured. Compiled, this file lies in
 * dist/bench/lib. The import is not a literal, so that types can be checked before anything is built.
 */
const part = async (path: string): Promise<unknown> => import(new URL(`../../${path}`, import.meta.url).href);

// safe: each is the module that the compiler made of the file named beside it
export const server = (await part('server/index.js')) as typeof import('../../src/server/index.ts');

export type Deps = import('../../src/server/context.ts').Deps;
export type MirageServer = import('../../src/server/index.ts').MirageServer;

export const sessions = () =>
  part('server/services/sessions.js') as Promise<typeof import('../../src/server/services/sessions.ts')>;

export const inbox = () =>
  part('server/services/inbox.js') as Promise<typeof import('../../src/server/services/inbox.ts')>;

export const roomMessages = () =>
  part('server/services/room-messages.js') as Promise<
    typeof import('../../src/server/services/room-messages.ts')
  >;

export const memoryStore = () =>
  part('server/stores/memory-room-message-store.js') as Promise<
    typeof import('../../src/server/stores/memory-room-message-store.ts')
  >;

export const openDb = () =>
  part('server/db/open-db.js') as Promise<typeof import('../../src/server/db/open-db.ts')>;
