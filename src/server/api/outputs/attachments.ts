import { z } from 'zod';
import { optional } from './optional.ts';

const attachment = z.object({
  id: z.string(),
  name: z.string(),
  size: z.number(),
  mediaType: z.string(),
  width: optional(z.number()),
  height: optional(z.number()),
  durationMs: optional(z.number()),
  placeholder: optional(z.string()),
  url: z.string(),
  previewUrl: optional(z.string()),
  largePreviewUrl: optional(z.string()),
});

/** Of a message; absent if there are none. */
export const attachments = optional(z.array(attachment));
