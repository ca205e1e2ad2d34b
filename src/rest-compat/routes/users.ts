import { z } from 'zod';
import { avatarUrl, description, email, password, username } from '../../server/text.ts';
import { unlessEmpty } from '../fields.ts';
import { utcTime } from '../outputs.ts';
import { defineRoute } from '../route.ts';
import { sqlTime } from '../wire.ts';

export const userRoutes = [
  defineRoute({
    operationId: 'ping',
    tag: 'profiles',
    method: 'get',
    path: '/api/ping',
    summary: 'Answer, to show that the server is up',
    token: 'none',
    input: z.object({}),
    output: z.object({ message: z.literal('pong') }),
    run: async () => ({ message: 'pong' as const }),
  }),

  defineRoute({
    operationId: 'countUsers',
    tag: 'profiles',
    method: 'get',
    path: '/api/usercount',
    summary: 'How many accounts there are, as bare digits',
    token: 'none',
    input: z.object({}),
    output: z.number().int().nonnegative(),
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
    summary: 'The public profile of a user',
    token: 'none',
    // A name that cannot exist is like one that does not.
    badInput: [404, 'user not found'],
    input: z.object({ username }),
    output: z.object({
      username: z.string(),
      avatar_url: z.string(),
      description: z.string(),
      created_at: utcTime,
    }),
    refusals: ['USER_NOT_FOUND'],
    async run(api, input) {
      const profile = await api.users.get(input);
      return {
        username: profile.username,
        avatar_url: profile.avatarUrl ?? '',
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
    summary: 'Change your avatar, description, e-mail address or password',
    token: 'header',
    noToken: [401, 'invalid token, please re-login'],
    badInput: [400, 'invalid fields received'],
    input: z.object({
      avatar_url: avatarUrl.nullish(),
      description: description.nullish(),
      email: unlessEmpty(email),
      password: unlessEmpty(password),
    }),
    output: z.object({ message: z.literal('settings updated') }),
    errors: { EMAIL_TAKEN: [400, 'email is already in use'] },
    refusals: ['DESCRIPTION_TOO_LONG', 'EMAIL_TAKEN', 'MANAGED_BY_HOST'],
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
