import { z } from 'zod';
import { avatarUrl, email, newUsername, password, username } from '../../server/text.ts';
import { optionalDescription, textOrNumber } from '../fields.ts';
import { sessionToken } from '../outputs.ts';
import { defineRoute } from '../route.ts';
import { sqliteText } from '../wire.ts';

const unfilled = [400, "I can't see a single field you filled"] as const;

export const authRoutes = [
  defineRoute({
    operationId: 'register',
    tag: 'accounts',
    method: 'post',
    path: '/api/register',
    summary: 'Make an account',
    token: 'none',
    badInput: unfilled,
    input: z.object({
      username: newUsername,
      email,
      password,
      avatar_url: avatarUrl.default(''),
      description: optionalDescription,
    }),
    output: z.object({ message: z.literal('Welcome to MIRAGE') }),
    status: 201,
    refusals: [
      'USERNAME_TAKEN',
      'EMAIL_TAKEN',
      'DESCRIPTION_TOO_LONG',
      'TOO_MANY_REQUESTS',
      'MANAGED_BY_HOST',
    ],
    async run(api, { avatar_url, ...user }) {
      await api.auth.register({ ...user, avatarUrl: avatar_url });
      return { message: 'Welcome to MIRAGE' as const };
    },
  }),

  defineRoute({
    operationId: 'login',
    tag: 'accounts',
    method: 'post',
    path: '/api/login',
    summary: 'Open a session',
    token: 'none',
    badInput: unfilled,
    input: z.object({ username: textOrNumber(username), password }),
    // The name comes back as it was sent, even as a number.
    output: z.object({ token: sessionToken, username: z.union([z.string(), z.number(), z.literal(true)]) }),
    errors: { USER_NOT_FOUND: [404, 'user not found'], WRONG_PASSWORD: [401, 'wrong password'] },
    refusals: ['USER_NOT_FOUND', 'WRONG_PASSWORD', 'TOO_MANY_REQUESTS', 'MANAGED_BY_HOST'],
    async run(api, input) {
      const { token } = await api.auth.login({ ...input, username: sqliteText(input.username) });
      return { token, username: input.username };
    },
  }),

  defineRoute({
    operationId: 'logout',
    tag: 'accounts',
    method: 'post',
    path: '/api/logout',
    summary: 'End the session of a token',
    // The only route that takes the token from the body, and from nowhere else.
    token: 'body',
    noToken: [400, 'no token provided'],
    badInput: [400, 'no token provided'],
    input: z.object({ token: password }),
    output: z.object({ message: z.literal('logged out successfully') }),
    errors: { UNAUTHORIZED: [401, 'invalid token'] },
    refusals: [],
    async run(api) {
      await api.auth.logout();
      return { message: 'logged out successfully' as const };
    },
  }),
];
