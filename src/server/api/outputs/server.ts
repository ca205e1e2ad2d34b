import { z } from 'zod';

export const serverInfo = z.object({
  version: z.string(),
  externalAvatars: z.boolean(),
  sendsMail: z.boolean(),
  passkeyDomain: z.string().nullable(),
  logins: z.array(z.object({ id: z.string(), label: z.string() })),
  limits: z.object({
    editWindowSeconds: z.number(),
    clientIdSeconds: z.object({ inbox: z.number(), room: z.number() }),
    maxTextLength: z.number(),
    maxReactions: z.number(),
  }),
});
