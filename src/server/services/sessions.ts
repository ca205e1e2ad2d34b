import { createHash, randomBytes } from 'node:crypto';
import type { Deps } from '../context.ts';

type Sessions = Pick<Deps, 'db' | 'clock' | 'config'>;

export interface Session {
  id: number;
  username: string;
}

/** 256 random bits: too many to guess, so a plain hash of it is safe to store. */
const newToken = () => randomBytes(32).toString('base64url');

const hashToken = (token: string) => createHash('sha256').update(token).digest('hex');

/** Opens a session of its own for each login, and clears away those of the user that have expired. */
export async function startSession({ db, clock, config }: Sessions, username: string): Promise<string> {
  const token = newToken();
  const now = clock();
  await db.session.deleteMany({ where: { username, expiresAt: { lte: new Date(now) } } });
  await db.session.create({
    data: {
      tokenHash: hashToken(token),
      username,
      createdAt: new Date(now),
      expiresAt: new Date(now + config.sessionTtlMs),
    },
  });
  return token;
}

/** The session of a token, unless it has ended or expired. Using a session prolongs it. */
export async function findSession({ db, clock, config }: Sessions, token: string): Promise<Session | null> {
  const session = await db.session.findUnique({ where: { tokenHash: hashToken(token) } });
  const now = clock();
  if (!session || session.expiresAt.getTime() <= now) return null;
  const { id, username, expiresAt } = session;
  // Only once a tenth of its time has gone, so that a busy session does not write to the database at each request.
  if (expiresAt.getTime() - now < config.sessionTtlMs * 0.9)
    await db.session.updateMany({ where: { id }, data: { expiresAt: new Date(now + config.sessionTtlMs) } });
  return { id, username };
}

export async function endSession({ db }: Pick<Deps, 'db'>, { id }: Session): Promise<void> {
  await db.session.deleteMany({ where: { id } });
}

export async function endOtherSessions({ db }: Pick<Deps, 'db'>, { id, username }: Session): Promise<void> {
  await db.session.deleteMany({ where: { username, NOT: { id } } });
}
