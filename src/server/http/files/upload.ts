import { rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { addressOf, networkOf } from '../../core/address.ts';
import { AppError } from '../../core/errors.ts';
import { requireRoom } from '../../services/files/quotas.ts';
import { storeUpload, type UploadedFile } from '../../services/files/store-upload.ts';
import { type FileTarget, requireTarget } from '../../services/files/targets.ts';
import type { Deps } from '../../services/shared/deps.ts';
import { requireWithinLimit } from '../../services/shared/limits.ts';
import { discardRest } from './discard-rest.ts';
import { type ReceivedUpload, receiveUpload } from './receive-upload.ts';

/** A client that sends nothing for so long is cut off, in milliseconds. */
const stallMs = 30_000;

interface Uploading<Target extends FileTarget> {
  owner: string;
  /** What the file is for, if the request says so before its body. */
  target?: Target | undefined;
  /** What it is for, from the text parts of the form. Throws if they do not say. */
  targetOf?(fields: Record<string, string>): Target;
  /** Names of text parts that the form may have. */
  fields?: readonly string[];
  /** Whether text parts of other names are passed over, rather than refused. */
  ignoreOthers?: boolean;
  uploadKey?: string | undefined;
}

/**
 * Receives and stores the file of a request. What speaks against it is found before its body is read, as far as it can be. The caller
 * answers; if it throws, what still comes of the body is discarded meanwhile. Throws what the functions below throw, 'FILES_OFF' and
 * 'TOO_MANY_UPLOADS'.
 */
export async function upload<Target extends FileTarget>(
  deps: Deps,
  { req, res }: { req: IncomingMessage; res: ServerResponse },
  { owner, target, targetOf, fields = [], ignoreOthers = false, uploadKey }: Uploading<Target>,
): Promise<UploadedFile & { target: Target }> {
  const { files, config } = deps;
  let leave = () => {};
  const leaving = new AbortController();
  res.once('close', () => leaving.abort(new AppError('ABORTED')));
  /** Nobody else removes a file that is not to be stored. */
  async function targetIn({ path, fields }: ReceivedUpload): Promise<Target> {
    try {
      const named = targetOf?.(fields);
      if (!named) throw new AppError('INVALID_INPUT');
      await requireTarget(deps, owner, named);
      return named;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }
  try {
    if (!files) throw new AppError('FILES_OFF');
    await requireWithinLimit(deps, 'uploads', owner);
    if (target) await requireTarget(deps, owner, target);
    await requireRoom(deps, owner, 0);
    leave = files.uploads.enter({ user: owner, address: networkOf(addressOf(req, config.trustedProxies)) });
    const received = await receiveUpload(req, {
      folder: files.storage.incoming,
      maxBytes: config.files.maxBytes,
      stallMs,
      fields,
      ignoreOthers,
      signal: leaving.signal,
    });
    const named = target ?? (await targetIn(received));
    const { signal } = leaving;
    const stored = await storeUpload(deps, files, {
      owner,
      target: named,
      file: received,
      uploadKey,
      signal,
    });
    return { ...stored, target: named };
  } catch (error) {
    discardRest(req);
    throw error;
  } finally {
    leave();
  }
}
