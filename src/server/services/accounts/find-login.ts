import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import type { Deps } from '../shared/deps.ts';

export interface LoginRow {
  username: string;
  email: string;
  password: string;
  disabledAt: Date | string | null;
  emailVerifiedAt: Date | string | null;
}

/** What is known of an account before anybody is logged in to it. */
export async function findLogin({ sql }: Pick<Deps, 'sql'>, username: string): Promise<LoginRow | undefined> {
  const [user] = await sql<LoginRow>(Prisma.sql`
    SELECT username, email, password, disabled_at AS "disabledAt", email_verified_at AS "emailVerifiedAt"
    FROM users WHERE username = ${username}`);
  return user;
}
