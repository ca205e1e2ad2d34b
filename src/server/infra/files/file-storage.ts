import type { Readable } from 'node:stream';

/** One stored object. */
export interface StoredObject {
  key: string;
  /** Bytes. */
  size: number;
  storedAt: Date;
}

/** Bytes `start` to `end`, both included, counted from 0. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Where the bytes of files are: a folder, or an S3-compatible service. What the files are, and whose, is in the database.
 * Implementations must pass tests/files/file-storage.contract.ts.
 * A service that cannot be reached is 'UNAVAILABLE'; errors of a disk are thrown as they are.
 */
export interface FileStorage {
  /** A folder of this machine for files that are being received. Files of it can be added without copying where possible. */
  readonly incoming: string;
  /**
   * Moves a complete file of `incoming` into the storage under a new key of 4 to 128 letters, digits and `-`. When it resolves, the bytes
   * survive a crash. If it fails nothing is stored; either way the file is no longer in `incoming`. Throws `STORAGE_FULL` if the bytes do not
   * fit, and the reason of `signal` if that is given in time. An interrupted upload to a service ends with the part that is being sent.
   */
  add(key: string, path: string, content: { mediaType: string; signal?: AbortSignal }): Promise<void>;
  /**
   * The bytes under a key, or a range of them, which must be within the file. Undefined if there are none. Destroying the stream releases
   * everything.
   */
  open(key: string, range?: ByteRange): Promise<Readable | undefined>;
  /** Removes what is stored under these keys, as far as there is anything. */
  remove(keys: readonly string[]): Promise<void>;
  /** Everything that is stored, in slices of bounded size, in no particular order. Not what is in `incoming`. */
  list(): AsyncIterable<StoredObject[]>;
  /**
   * A URL from which a client can read the bytes directly until then, which is at most seven days away. It is the same whenever it is asked
   * for. Only there if the storage is set up for that.
   */
  directUrl?(key: string, options: { expiresAt: Date; headers: FileHeaders }): Promise<string>;
  /** Rejects with a `ConfigError` if the storage cannot be used as it is set up. Removes what earlier runs left in `incoming`. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** The headers of an answer with a file: Content-Type, Content-Disposition and Cache-Control. */
export interface FileHeaders {
  contentType: string;
  contentDisposition: string;
  cacheControl: string;
}
