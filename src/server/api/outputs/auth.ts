import { z } from 'zod';

export const registered = z.object({ username: z.string() });

export const loggedIn = z.object({ token: z.string(), username: z.string() });

export const sessions = z.array(
  z.object({
    id: z.number(),
    device: z.string().nullable(),
    createdAt: z.date(),
    lastUsedAt: z.date(),
    /** Whether it is the session of the caller. */
    current: z.boolean(),
  }),
);

export const ticket = z.object({ ticket: z.string(), expiresInMs: z.number() });
