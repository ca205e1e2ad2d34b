import type { Options } from '@node-rs/argon2';

/** What a hashing thread is asked for: a new hash, or whether a password matches one. A malformed hash matches nothing. */
export type HashJob =
  | { do: 'hash'; password: string; cost: Options }
  | { do: 'verify'; password: string; passwordHash: string };
