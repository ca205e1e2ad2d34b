import { createHmac, hash, pbkdf2, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const pbkdf2Async = promisify(pbkdf2);
const scryptAsync = promisify<string, string, number, object, Buffer>(scrypt);

/** Upper bounds for the cost of a stored hash, above the defaults of every Werkzeug version. */
const maxIterations = 2_000_000;
const maxScryptBytes = 128 * 1024 * 1024;

/**
 * Whether a password matches a hash of the legacy server: Werkzeug's `method$salt$hex` for users (the salt is used as
 * text), or an unsalted SHA-256 in hex for rooms.
 */
export async function isLegacyPassword(password: string, stored: string): Promise<boolean> {
  if (/^[\da-f]{64}$/.test(stored)) return isSame(hash('sha256', password, 'buffer'), stored);
  const [method = '', salt = '', hex = ''] = stored.split('$');
  const length = hex.length / 2;
  if (salt === '' || !/^([\da-f]{2})+$/.test(hex)) return false;

  const [name, ...parameters] = method.split(':');
  if (name === 'pbkdf2') {
    const [digest = '', rounds = '260000'] = parameters;
    const iterations = Number(rounds);
    if (!['sha1', 'sha256', 'sha512'].includes(digest) || !isWithin(iterations, maxIterations)) return false;
    return isSame(await pbkdf2Async(password, salt, iterations, length, digest), hex);
  }
  if (name === 'scrypt') {
    const [N = 0, r = 0, p = 0] = parameters.map(Number);
    // Node's default limit of 32 MiB is slightly too small for Werkzeug's parameters.
    const maxmem = 132 * N * r * p;
    if (!isWithin(maxmem, maxScryptBytes) || !Number.isInteger(Math.log2(N))) return false;
    return isSame(await scryptAsync(password, salt, length, { N, r, p, maxmem }), hex);
  }
  if (name === 'sha256') return isSame(createHmac('sha256', salt).update(password).digest(), hex);
  return false;
}

const isWithin = (value: number, max: number) => Number.isInteger(value) && value > 0 && value <= max;

function isSame(derived: Buffer, hex: string): boolean {
  const stored = Buffer.from(hex, 'hex');
  return stored.length === derived.length && timingSafeEqual(stored, derived);
}
