import { z } from 'zod';
import { description, email, password, username } from '../../server/core/validation.ts';
import { avatarText, orNull, unlessEmpty } from '../fields.ts';
import { confirmation, count, profile } from '../outputs.ts';
import { defineRoute } from '../route.ts';
import { sqlTime } from '../wire.ts';

export const userRoutes = [
  defineRoute({
    operationId: 'ping',
    tag: 'profiles',
    method: 'get',
    path: '/api/ping',
    summary: 'Check that the server is up',
    description: 'Answers without reading the database.',
    token: 'none',
    input: z.object({}),
    output: z.object({ message: confirmation('pong') }),
    run: async () => ({ message: 'pong' as const }),
  }),

  defineRoute({
    operationId: 'countUsers',
    tag: 'profiles',
    method: 'get',
    path: '/api/usercount',
    summary: 'Count the accounts',
    description: 'Answers with plain text: the number in digits.',
    token: 'none',
    input: z.object({}),
    output: count,
    plainText: true,
    refusals: [],
    run: (api) => api.users.count(),
  }),

  defineRoute({
    operationId: 'getUser',
    tag: 'profiles',
    method: 'get',
    path: '/api/user/{username}',
    pattern: /^\/api\/user\/(?<username>[^/]+)$/,
    summary: 'Get the public profile of a user',
    description: 'Needs no token.',
    token: 'none',
    // An invalid name is answered like an unknown one.
    badInput: [404, 'user not found'],
    input: z.object({ username: username.meta({ description: 'Name of the user' }) }),
    output: profile,
    refusals: ['USER_NOT_FOUND', 'TOO_MANY_REQUESTS'],
    async run(api, input, links) {
      const profile = await api.users.get(input);
      return {
        username: profile.username,
        avatar_url: links.absolute(profile.avatarUrl ?? ''),
        description: profile.description,
        created_at: sqlTime(profile.createdAt),
      };
    },
  }),

  defineRoute({
    operationId: 'updateSettings',
    tag: 'profiles',
    method: 'post',
    path: '/api/user/settings',
    summary: 'Change your profile or password',
    description:
      'Fields that are missing, null or (for `email` and `password`) empty stay unchanged. A new password ends your other sessions. With a second factor a new address needs a proof of the last ten minutes (`auth.confirm` of the typed API).',
    token: 'header',
    noToken: [401, 'invalid token, please re-login'],
    badInput: [400, 'invalid fields received'],
    input: z.object({
      avatar_url: orNull(avatarText),
      description: orNull(description.meta({ description: 'Your description, at most 500 words' })),
      email: unlessEmpty(email).meta({ description: 'Your new e-mail address' }),
      password: unlessEmpty(password).meta({ description: 'Your new password' }),
    }),
    output: z.object({ message: confirmation('settings updated') }),
    errors: {
      EMAIL_TAKEN: [400, 'email is already in use'],
      // Of an address to which no mail can be sent.
      INVALID_INPUT: [400, 'invalid fields received'],
    },
    refusals: [
      'DESCRIPTION_TOO_LONG',
      'EMAIL_TAKEN',
      'INVALID_INPUT',
      'WEAK_PASSWORD',
      'PROOF_REQUIRED',
      'MANAGED_BY_HOST',
    ],
    async run(api, input) {
      await api.users.updateProfile({
        avatarUrl: input.avatar_url ?? undefined,
        description: input.description ?? undefined,
        email: input.email,
      });
      if (input.password !== undefined) await api.auth.changePassword({ newPassword: input.password });
      return { message: 'settings updated' as const };
    },
  }),
];
