import { z } from 'zod';
import { AppError } from '../../server/core/errors.ts';
import { chosenName, email, password, username } from '../../server/core/validation.ts';
import { avatarText, optionalDescription, textOrNumber, visible } from '../fields.ts';
import { confirmation, sessionToken } from '../outputs.ts';
import { defineRoute } from '../route.ts';
import { sqliteText } from '../wire.ts';

const missingFields = [400, "I can't see a single field you filled"] as const;

export const authRoutes = [
  defineRoute({
    operationId: 'register',
    tag: 'accounts',
    method: 'post',
    path: '/api/register',
    summary: 'Create an account',
    description:
      'Does not log in. The name and the e-mail address must not belong to another account; names are case-sensitive.',
    token: 'none',
    badInput: missingFields,
    input: z.object({
      username: visible(chosenName).meta({ description: 'Name of the new user' }),
      email: email.meta({ description: 'E-mail address; its form is not checked' }),
      password: password.meta({ description: 'Password of the new user' }),
      avatar_url: avatarText.prefault(''),
      description: optionalDescription,
    }),
    output: z.object({ message: confirmation('Welcome to MIRAGE') }),
    status: 201,
    refusals: [
      'USERNAME_TAKEN',
      'EMAIL_TAKEN',
      'WEAK_PASSWORD',
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
    summary: 'Log in',
    description:
      'Opens a session of its own; other sessions of the user stay open. An account with a second factor cannot log in here: the answer is that to a wrong password.',
    token: 'none',
    badInput: missingFields,
    input: z.object({
      username: textOrNumber(username).meta({ description: 'Name of the user' }),
      password: password.meta({ description: 'Password of the user' }),
    }),
    // The name is returned as sent, even if it is a number.
    output: z
      .object({
        token: sessionToken,
        username: z.union([z.string(), z.number(), z.literal(true)]).meta({
          description: 'The name as it was sent',
          type: ['string', 'number', 'boolean'],
          maxLength: 100,
        }),
      })
      .meta({ id: 'Session', description: 'A new session' }),
    errors: { USER_NOT_FOUND: [404, 'user not found'], WRONG_PASSWORD: [401, 'wrong password'] },
    refusals: [
      'USER_NOT_FOUND',
      'WRONG_PASSWORD',
      'EMAIL_NOT_VERIFIED',
      'TOO_MANY_REQUESTS',
      'MANAGED_BY_HOST',
    ],
    repeat: 'again',
    async run(api, input) {
      const { token } = await api.auth.login({ ...input, username: sqliteText(input.username) });
      if (token === null) throw new AppError('INVALID_CREDENTIALS', { hidden: 'WRONG_PASSWORD' }); // as the procedure does itself
      return { token, username: input.username };
    },
  }),

  defineRoute({
    operationId: 'logout',
    tag: 'accounts',
    method: 'post',
    path: '/api/logout',
    summary: 'Log out',
    description: 'Ends the session of the token in the body. The `Authorization` header is ignored.',
    // The only route that takes the token from the body, and only from there.
    token: 'body',
    noToken: [400, 'no token provided'],
    badInput: [400, 'no token provided'],
    input: z.object({ token: password.meta({ description: 'Token of the session to end' }) }),
    output: z.object({ message: confirmation('logged out successfully') }),
    errors: { UNAUTHORIZED: [401, 'invalid token'] },
    refusals: [],
    async run(api) {
      await api.auth.logout();
      return { message: 'logged out successfully' as const };
    },
  }),
];
