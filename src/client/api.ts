/**
 * All that the client knows of the server, and types alone. In the build, scripts/build-api.mjs puts a declaration in
 * place of this one's that says the same and leads nowhere: consumers of the client see nothing of the server.
 */
export type { Reason } from '../server/errors.ts';
export type { PresenceEvent } from '../server/live/presence.ts';
export type { AppRouter } from '../server/routers/app-router.ts';
