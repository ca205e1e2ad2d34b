import { z } from 'zod';
import { optional } from './optional.ts';

export const profile = z.object({
  username: z.string(),
  avatarUrl: z.string().nullable(),
  description: z.string(),
  createdAt: z.date(),
  isBot: optional(z.literal(true)),
});

export const ownProfile = profile.extend({
  email: z.string(),
  emailVerified: z.boolean(),
  pendingEmail: z.string().nullable(),
  resetMailedAt: z.date().nullable(),
});

export const audience = z.enum(['everyone', 'roommates', 'nobody']);

export const privacy = z.object({
  whoMayWrite: audience,
  readReceipts: z.boolean(),
  presence: audience,
  findable: z.boolean(),
});

export const blockedUsers = z.array(z.object({ username: z.string(), blockedAt: z.date() }));

export const foundUsers = z.array(z.object({ username: z.string(), avatarUrl: z.string().nullable() }));
