import { z } from 'zod';

export const registered = z.object({ username: z.string() });

export const verified = z.object({ username: z.string(), email: z.string() });

export const sessions = z.array(
  z.object({
    id: z.number(),
    device: z.string().nullable(),
    createdAt: z.date(),
    lastUsedAt: z.date(),
    /** Not only those that there are: versions to come may have others. */
    method: z.string().nullable(),
    /** Whether it is the session of the caller. */
    current: z.boolean(),
  }),
);

const accessToken = z.object({
  id: z.number(),
  name: z.string(),
  /** Not only those that there are: versions to come may have others. */
  scopes: z.array(z.string()),
  createdAt: z.date(),
  lastUsedAt: z.date().nullable(),
  expiresAt: z.date().nullable(),
});

export const accessTokens = z.array(accessToken);

export const newAccessToken = accessToken.extend({ token: z.string() });

export const ticket = z.object({ ticket: z.string(), expiresInMs: z.number() });

export const ownExport = z.object({
  state: z.enum(['waiting', 'running', 'ready', 'failed']),
  requestedAt: z.date(),
  /** In percent. */
  progress: z.number(),
  /** In bytes. */
  size: z.number().nullable(),
  expiresAt: z.date().nullable(),
  url: z.string().nullable(),
});

export const opened = z.object({ token: z.string(), username: z.string() });

export const begun = z.object({ url: z.string(), login: z.string(), expiresInMs: z.number() });

export const finished = z.discriminatedUnion('status', [
  z.object({ status: z.literal('loggedIn'), token: z.string(), username: z.string() }),
  z.object({ status: z.literal('linked'), username: z.string() }),
  z.object({
    status: z.literal('new'),
    login: z.string(),
    suggestion: z.string(),
    email: z.string().nullable(),
    account: z.string().nullable(),
    hasPassword: z.boolean(),
  }),
]);

export const waysIn = z.object({
  hasPassword: z.boolean(),
  identities: z.array(
    z.object({
      id: z.number(),
      issuer: z.string().nullable(),
      label: z.string(),
      email: z.string().nullable(),
      createdAt: z.date(),
      usedAt: z.date().nullable(),
    }),
  ),
});
