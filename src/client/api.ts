/**
 * All that the client knows of the server, which is types alone. In the build, scripts/build-api.mjs replaces this file's
 * declaration by a flat one, so that users of the client see nothing of the server.
 */

export type { AppRouter } from '../server/api/app-router.ts';
export type { Reason } from '../server/core/errors.ts';
export type { PresenceEvent } from '../server/infra/live/presence-events.ts';
export type { UploadedFile } from '../server/services/files/store-upload.ts';
