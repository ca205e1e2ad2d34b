import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { AppRouter } from './api.ts';

export { isTRPCClientError, safe, TRPCClientError } from '@trpc/client';
export type { AppRouter, PresenceEvent, Reason, UploadedFile } from './api.ts';
export type { Connection, ConnectionState } from './connection.ts';
export type { MirageClient, MirageClientOptions } from './create-client.ts';
export {
  type Issue,
  issuesOf,
  isUnreachable,
  type MirageError,
  type MirageErrorData,
  reasonOf,
  retryAfterMsOf,
  UnreachableError,
} from './errors.ts';
export type { FileTarget, MirageFiles, UploadOptions } from './files/files.ts';
export type { FileSource, SourceFacts } from './files/source.ts';
export { comparePositions } from './positions.ts';
export { applyPresence, type Present } from './presence.ts';
export type { TokenSource } from './token.ts';

/** The input of each procedure: `Inputs['chat']['sendMessage']`. The page “Procedures” lists them. */
export type Inputs = inferRouterInputs<AppRouter>;
/** The output of each procedure as the client receives it, with times as text in ISO 8601: `Outputs['chat']['sendMessage']`. */
export type Outputs = inferRouterOutputs<AppRouter>;
