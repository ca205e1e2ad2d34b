import { z } from 'zod';
import { history, role, room } from './chat.ts';

export const roomDetails = room.extend({
  createdBy: z.string().nullable(),
  topic: z.string(),
  description: z.string(),
  slowModeSeconds: z.number(),
  history,
  lifespanSeconds: z.number().nullable(),
});

export const memberPage = z.object({
  members: z.array(
    z.object({ username: z.string(), joinedAt: z.date(), role, avatarUrl: z.string().nullable() }),
  ),
  nextCursor: z.number().nullable(),
  total: z.number(),
});

export const banPage = z.object({
  bans: z.array(
    z.object({
      username: z.string(),
      bannedBy: z.string().nullable(),
      createdAt: z.date(),
      until: z.date().nullable(),
    }),
  ),
  nextCursor: z.string().nullable(),
});

const invite = z.object({
  id: z.number(),
  createdBy: z.string().nullable(),
  createdAt: z.date(),
  expiresAt: z.date().nullable(),
  maxUses: z.number().nullable(),
  uses: z.number(),
});

export const invites = z.array(invite);

export const createdInvite = invite.extend({ code: z.string() });

export const shownInvite = z.object({ name: z.string(), memberCount: z.number() });
