/**
 * A module of the built Mirage, by its path in dist/, because the build is what users run. The compiled file is in
 * dist/bench/lib. The import is computed, so that types can be checked before there is a build.
 */
const part = async (path: string): Promise<unknown> => import(new URL(`../../${path}`, import.meta.url).href);

// safe: each is the module compiled from the file named beside it
export const server = (await part('server/index.js')) as typeof import('../../src/server/index.ts');

export type Deps = import('../../src/server/services/shared/deps.ts').Deps;
export type MirageServer = import('../../src/server/index.ts').MirageServer;

export const sessions = () =>
  part('server/services/sessions/sessions.js') as Promise<
    typeof import('../../src/server/services/sessions/sessions.ts')
  >;

export const inbox = async () => ({
  ...((await part(
    'server/services/inbox/list-messages.js',
  )) as typeof import('../../src/server/services/inbox/list-messages.ts')),
  ...((await part(
    'server/services/inbox/read-marks.js',
  )) as typeof import('../../src/server/services/inbox/read-marks.ts')),
  ...((await part(
    'server/services/inbox/send-message.js',
  )) as typeof import('../../src/server/services/inbox/send-message.ts')),
});

export const roomMessages = () =>
  part('server/services/rooms/room-messages.js') as Promise<
    typeof import('../../src/server/services/rooms/room-messages.ts')
  >;

export const legacyApi = () =>
  part('rest-compat/index.js') as Promise<typeof import('../../src/rest-compat/index.ts')>;

export const memoryStore = () =>
  part('server/infra/stores/memory-room-message-store.js') as Promise<
    typeof import('../../src/server/infra/stores/memory-room-message-store.ts')
  >;

export const timing = () =>
  part('server/infra/live/timing.js') as Promise<typeof import('../../src/server/infra/live/timing.ts')>;

/** How long clients wait before they connect again. */
export const backoff = () =>
  part('client/backoff.js') as Promise<typeof import('../../src/client/backoff.ts')>;

export const openDb = () =>
  part('server/infra/db/open-db.js') as Promise<typeof import('../../src/server/infra/db/open-db.ts')>;

export const passwords = () =>
  part('server/services/shared/passwords.js') as Promise<
    typeof import('../../src/server/services/shared/passwords.ts')
  >;
