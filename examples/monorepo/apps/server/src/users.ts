import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

/** A user of this application. Mirage only knows what `authenticate` returns. */
export interface User {
  username: string;
  description: string;
}

interface Login {
  user: User;
  /** The token that the page uses for Mirage, because scripts cannot read the cookie. */
  chatToken: string;
}

const newSecret = () => randomBytes(32).toString('base64url');

/** The users and logins of the application. Kept in memory here; a real application uses a database. */
export function createUsers() {
  const users = new Map<string, { user: User; salt: Buffer; hash: Buffer }>();
  const logins = new Map<string, Login>();
  const byChatToken = new Map<string, Login>();

  return {
    add(user: User, password: string): void {
      const salt = randomBytes(16);
      users.set(user.username, { user, salt, hash: scryptSync(password, salt, 32) });
    },

    /** Returns the secret for the cookie, or undefined if the name or password is wrong. */
    logIn(username: string, password: string): string | undefined {
      const known = users.get(username);
      if (!known || !timingSafeEqual(scryptSync(password, known.salt, 32), known.hash)) return undefined;
      const secret = newSecret();
      const login = { user: known.user, chatToken: newSecret() };
      logins.set(secret, login);
      byChatToken.set(login.chatToken, login);
      return secret;
    },

    find: (secret: string): Login | undefined => logins.get(secret),
    findByChatToken: (token: string): User | undefined => byChatToken.get(token)?.user,

    logOut(secret: string): Login | undefined {
      const login = logins.get(secret);
      logins.delete(secret);
      if (login) byChatToken.delete(login.chatToken);
      return login;
    },
  };
}

export type Users = ReturnType<typeof createUsers>;
