import type { IncomingMessage, ServerResponse } from 'node:http';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { z } from 'zod';
import { isInScope, outOfScope } from '../../api/scope.ts';
import { addressOf, networkOf } from '../../core/address.ts';
import { avatarIdIn } from '../../core/avatars.ts';
import { AppError } from '../../core/errors.ts';
import { contentDisposition } from '../../core/file-names.ts';
import { idempotencyKeyForm, parseIdempotencyKey } from '../../core/idempotency-key.ts';
import type { Session } from '../../core/session.ts';
import { fileId, rowId, username } from '../../core/validation.ts';
import type { FileHeaders } from '../../infra/files/file-storage.ts';
import type { FileUrl } from '../../infra/files/file-urls.ts';
import { findArchive } from '../../services/exports/exports.ts';
import { findAvatar } from '../../services/files/avatars.ts';
import { findFile, type ReadableFile } from '../../services/files/read-file.ts';
import { type FileTarget, sendingTo } from '../../services/files/targets.ts';
import { findSession } from '../../services/sessions/authenticate.ts';
import type { Deps, Files } from '../../services/shared/deps.ts';
import { sendJson } from '../reply.ts';
import { tokenOfRequest } from '../session-token.ts';
import { discardRest } from './discard-rest.ts';
import { sendFile } from './send-file.ts';
import { upload } from './upload.ts';

type Respond = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

interface Endpoint {
  allow: string[];
  respond: Respond;
}

/** Whether a path belongs to files. */
export const isFilesPath = (path: string): boolean => path === '/files' || path.startsWith('/files/');

/**
 * `POST /files` uploads, `GET /files/<id>/<name>` reads what a URL of an attachment or an archive leads to, and `GET /files/avatars/<id>.webp` an
 * avatar.
 */
export function createFilesEndpoint(deps: Deps) {
  function endpointOf(path: string, query: string): Endpoint {
    if (path === '/files') return uploads(deps, query);
    const avatar = avatarIdIn(path);
    return avatar === undefined ? reads(deps, path, query) : avatars(deps, avatar);
  }

  return (path: string, query: string, req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { allow, respond } = endpointOf(path, query);
    if (req.method === 'OPTIONS') return Promise.resolve(void res.writeHead(204, res.keptHeaders).end());
    if (allow.includes(req.method ?? ''))
      return respond(req, res).catch((error: unknown) => refuse(res, error));
    discardRest(req);
    sendJson(res, 405, { error: 'wrong method', reason: 'WRONG_METHOD' }, ['allow', allow.join(', ')]);
    return Promise.resolve();
  };
}

/** Rethrows what is unexpected. */
function refuse(res: ServerResponse, error: unknown): void {
  if (!(error instanceof AppError) || error.reason === 'UNAVAILABLE' || error.reason === 'INTERNAL')
    throw error;
  if (error.reason === 'ABORTED') return void res.destroy();
  const { reason, message, retryAfterMs, issues } = error;
  const status = reason === 'STORAGE_FULL' ? 507 : getHTTPStatusCodeFromError(error);
  const wait = retryAfterMs ? ['retry-after', String(Math.ceil(retryAfterMs / 1000))] : [];
  sendJson(
    res,
    status,
    { error: message, reason, ...(retryAfterMs && { retryAfterMs }), ...(issues && { issues }) },
    wait,
  );
}

const uploadTarget = z
  .strictObject({ roomId: z.coerce.number().pipe(rowId).optional(), recipient: username.optional() })
  .transform(({ roomId, recipient }, context): FileTarget => {
    if (roomId !== undefined && recipient === undefined) return { roomId };
    if (recipient !== undefined && roomId === undefined) return { recipient };
    context.addIssue('either roomId or recipient must be given');
    return z.NEVER;
  });

const uploads = (deps: Deps, query: string): Endpoint => ({
  allow: ['POST'],
  async respond(req, res) {
    const token = tokenOfRequest(req, deps.config);
    const address = addressOf(req, deps.config.trustedProxies);
    const session = token === undefined ? null : await findSession(deps, token, address);
    const { data: target, error } = uploadTarget.safeParse(Object.fromEntries(new URLSearchParams(query)));
    const refusal = session
      ? (refusalOf(req) ?? refusalOfToken(session, target))
      : new AppError('UNAUTHORIZED');
    if (!session || refusal || !target) {
      discardRest(req);
      throw refusal ?? invalid(error);
    }
    const uploadKey = keyOf(req);
    const { target: _, ...file } = await upload(
      deps,
      { req, res },
      { owner: session.username, target, uploadKey },
    );
    sendJson(res, 201, file);
  },
});

/** An access token uploads files where it may send them. */
function refusalOfToken({ scopes }: Session, target: FileTarget | undefined): AppError | undefined {
  if (!scopes || !target || isInScope(scopes, sendingTo(target), 'mutation')) return undefined;
  return outOfScope();
}

const keyOf = ({ headers }: IncomingMessage) => {
  const header = headers['idempotency-key'];
  return header === undefined ? undefined : parseIdempotencyKey(String(header));
};

function refusalOf(req: IncomingMessage): AppError | undefined {
  if (req.headers['idempotency-key'] === undefined || keyOf(req) !== undefined) return undefined;
  return new AppError('INVALID_INPUT', { message: idempotencyKeyForm });
}

function invalid(error: z.ZodError | undefined): AppError {
  const issues = error?.issues.map(({ path, message }) => ({ path: path.join('.'), message })) ?? [];
  return new AppError('INVALID_INPUT', { message: issues[0]?.message ?? 'invalid input', issues });
}

const fileUrl = z
  .object({
    id: fileId,
    size: z.coerce.number().int().positive().optional(),
    expires: z.coerce.number().int().positive(),
    signature: z.string().max(100),
  })
  .transform(({ size, ...url }): FileUrl => ({ ...url, variant: size ?? 'file' }));

const reads = (deps: Deps, path: string, query: string): Endpoint => ({
  allow: ['GET', 'HEAD'],
  async respond(req, res) {
    const [, , id] = path.split('/');
    const { data: url } = fileUrl.safeParse({ ...Object.fromEntries(new URLSearchParams(query)), id });
    const file =
      url && deps.files ? ((await findFile(deps, url)) ?? (await findArchive(deps, url))) : undefined;
    if (!url || !file || !deps.files) throw new AppError('FILE_NOT_FOUND');
    const { storage } = deps.files;
    const isRedirected = storage.directUrl !== undefined && req.method === 'GET' && !file.isPersonal;
    // The storage's URLs must not change with the time of day, or nobody would cache what they give.
    const maxAge = isRedirected
      ? Math.floor(deps.config.files.urlTtlMs / 2000)
      : Math.max(0, url.expires - Math.floor(deps.clock() / 1000));
    const headers = {
      contentType: file.mediaType,
      contentDisposition: contentDisposition(file.name, file.isInline ? 'inline' : 'attachment'),
      cacheControl: file.isPersonal ? 'no-store' : `private, max-age=${maxAge}, immutable`,
    };
    if (storage.directUrl && isRedirected) {
      const location = await storage.directUrl(file.key, {
        expiresAt: new Date(url.expires * 1000),
        headers,
      });
      res.writeHead(302, [...(res.keptHeaders ?? []), 'location', location, 'content-length', '0']).end();
      return;
    }
    await sendStored(deps, deps.files, { req, res }, file, headers);
  },
});

/** Whoever sees a profile may see its avatar, so that there is nothing to sign. Another picture has another URL. */
const avatars = (deps: Deps, id: string): Endpoint => ({
  allow: ['GET', 'HEAD'],
  async respond(req, res) {
    const { files } = deps;
    const avatar = files && (await findAvatar(deps, id));
    if (!avatar) throw new AppError('FILE_NOT_FOUND');
    await sendStored(deps, files, { req, res }, avatar, {
      contentType: avatar.mediaType,
      contentDisposition: contentDisposition(avatar.name, 'inline'),
      cacheControl: 'public, max-age=31536000, immutable',
    });
  },
});

/** Throws 'FILE_NOT_FOUND' if the storage no longer has it, and 'TOO_MANY_REQUESTS'. */
async function sendStored(
  { config }: Deps,
  { storage, downloads }: Files,
  { req, res }: { req: IncomingMessage; res: ServerResponse },
  { key, size, etag }: ReadableFile,
  { contentType, contentDisposition, cacheControl }: FileHeaders,
): Promise<void> {
  let leave = () => {};
  const isSent = await sendFile(req, res, {
    size,
    etag,
    mediaType: contentType,
    disposition: contentDisposition,
    cacheControl,
    open(range) {
      leave = downloads.enter({ address: networkOf(addressOf(req, config.trustedProxies)) });
      return storage.open(key, range);
    },
  }).finally(() => leave());
  if (!isSent) throw new AppError('FILE_NOT_FOUND');
}
