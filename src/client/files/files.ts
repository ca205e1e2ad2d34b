import type { UploadedFile } from '../api.ts';
import { authorization, type TokenSource } from '../token.ts';
import { type FileSource, openSource, type SourceFacts } from './source.ts';
import { uploadOnce } from './upload-once.ts';

/** What a file is uploaded for; it can be attached to messages there, and nowhere else. */
export type FileTarget =
  | {
      /** A room that the caller is in. */
      roomId: number;
    }
  | {
      /** The name of a user. */
      recipient: string;
    };

/** For {@link MirageFiles.upload}. */
export interface UploadOptions extends SourceFacts {
  /**
   * Called as bytes are sent. The total is undefined for a stream, and the number starts again at 0 if the upload is repeated. Bytes that
   * are sent may not have arrived.
   */
  onProgress?: ((sentBytes: number, totalBytes: number | undefined) => void) | undefined;
  /** Ends the upload: nothing of it stays, and the call rejects with an error whose `cause` is the reason of the signal. */
  signal?: AbortSignal | undefined;
}

/** Files to attach to messages. */
export interface MirageFiles {
  /**
   * Uploads a file, whose `id` then goes into the `attachments` of `chat.sendMessage` or `inbox.sendMessage`. Rejects as failed calls do:
   * see `reasonOf`. An upload whose answer was lost, or that the server could not take for the moment, is repeated once, under the
   * same key, so that the file is stored once; but not that of a stream, which can be read only once.
   */
  upload(file: FileSource, target: FileTarget, options?: UploadOptions): Promise<UploadedFile>;
  /** The whole address of a file. The server may give `url` and `previewUrl` of an attachment as paths. */
  url(path: string): string;
}

/** `server` is where the server is, with a slash at its end. */
export function createFiles(server: URL, token: TokenSource): MirageFiles {
  return {
    upload(file, target, { onProgress, signal, ...facts } = {}) {
      const url = new URL('files', server);
      for (const [name, value] of Object.entries(target)) url.searchParams.set(name, String(value));
      return uploadOnce(openSource(file, facts), {
        url: url.href,
        headers: () => authorization(token),
        onProgress,
        signal,
      });
    },
    url: (path) => new URL(path, server).href,
  };
}
