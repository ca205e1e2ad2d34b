const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';

/**
 * Names a request that may be repeated. With a `~`, by which the server knows that nobody needs to see it as a `clientId`. Not a UUID: pages
 * without TLS have no `randomUUID`, and some runtimes no `crypto` at all.
 */
export function randomKey(): string {
  const bytes = new Uint8Array(24);
  if (globalThis.crypto) globalThis.crypto.getRandomValues(bytes);
  else for (const index of bytes.keys()) bytes[index] = Math.random() * 256;
  return `~${Array.from(bytes, (byte) => letters[byte % letters.length]).join('')}`;
}
