import { AppError } from '../../core/errors.ts';

/** Bounds the transfers of files that are under way, each of which holds memory, files and connections while it lasts. */
export interface Transfers<By extends string> {
  /** Begins one, which ends when the returned function is called. Throws beyond a bound. */
  enter(keys: Readonly<Record<By, string>>): () => void;
}

/** How many there may be at a time for each value of a key, and in all. */
type Bounds<By extends string> = Readonly<Record<By | 'all', number>>;

const retryAfterMs = 1000;

export function createTransfers<By extends string>(
  bounds: Bounds<By>,
  refusalOf: (bound: By | 'all') => AppError,
): Transfers<By> {
  const counts = new Map<string, number>();
  const kinds = Object.keys(bounds) as (By | 'all')[]; // safe: the keys of this type

  return {
    enter(keys) {
      const values: Readonly<Record<string, string>> = { ...keys, all: '' };
      const names = kinds.map((kind) => [kind, `${kind} ${values[kind]}`] as const);
      for (const [kind, name] of names) if ((counts.get(name) ?? 0) >= bounds[kind]) throw refusalOf(kind);
      for (const [, name] of names) counts.set(name, (counts.get(name) ?? 0) + 1);
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        for (const [, name] of names) {
          const left = (counts.get(name) ?? 1) - 1;
          if (left === 0) counts.delete(name);
          else counts.set(name, left);
        }
      };
    },
  };
}

/**
 * Each may take the size of the largest file from the disk before it counts for a quota. One address has no more than a quarter of
 * what there is, however many accounts are behind it, unless a single user may have more. Throws 'TOO_MANY_UPLOADS'.
 */
export const createUploads = (perUser: number): Transfers<'user' | 'address'> =>
  createTransfers(
    { user: perUser, address: Math.max(25, perUser), all: Math.max(100, perUser) },
    (bound) => new AppError('TOO_MANY_UPLOADS', { retryAfterMs, ...uploadRefusals[bound] }),
  );

const uploadRefusals = {
  user: {},
  address: { message: 'too many files are being uploaded from this address' },
  all: { message: 'the server is receiving as many files as it can at a time' },
};

/**
 * Those read through the server. An S3-compatible service is read over as many of the 1,000 connections to it, of which uploads
 * need the rest. Throws 'TOO_MANY_REQUESTS'.
 */
export const createDownloads = (): Transfers<'address'> =>
  createTransfers(
    { address: 200, all: 800 },
    () => new AppError('TOO_MANY_REQUESTS', { retryAfterMs, message: 'too many files are being read' }),
  );
