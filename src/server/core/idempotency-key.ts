const bare = /^[\x21-\x7e]{1,64}$/;
/** A string as structured fields write it (RFC 9651), in which a backslash precedes a quote or another backslash. */
const quoted = /^"((?:[\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/;

export const idempotencyKeyForm =
  'Idempotency-Key must be 1 to 64 visible ASCII characters, bare or as a quoted string';

/** The key that the value of an `Idempotency-Key` header stands for; undefined if it is none. */
export function parseIdempotencyKey(header: string): string | undefined {
  const key = header.startsWith('"') ? quoted.exec(header)?.[1]?.replace(/\\(.)/g, '$1') : header;
  return key !== undefined && bare.test(key) ? key : undefined;
}
