import { z } from 'zod';

export const serverInfo = z.object({
  version: z.string(),
  limits: z.object({
    editWindowSeconds: z.number(),
    clientIdSeconds: z.object({ inbox: z.number(), room: z.number() }),
    maxTextLength: z.number(),
    maxReactions: z.number(),
  }),
});
