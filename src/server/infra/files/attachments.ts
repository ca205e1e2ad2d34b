import { z } from 'zod';

/** What a message keeps of a file that is attached to it: all that is shown but the URLs, which expire. */
export const storedAttachment = z.object({
  /** Of the file. */
  id: z.string(),
  name: z.string(),
  /** In bytes. */
  size: z.number().int(),
  mediaType: z.string(),
  /** Of pictures and videos, in pixels, as they are shown. */
  width: z.number().int().exactOptional(),
  height: z.number().int().exactOptional(),
  /** Of audio and video. */
  durationMs: z.number().int().exactOptional(),
  /** A `data:` URL of a few pixels, to show until the preview has loaded. */
  placeholder: z.string().exactOptional(),
  /** In which sizes there are previews. */
  previews: z.array(z.number().int()).exactOptional(),
});

export type StoredAttachment = z.output<typeof storedAttachment>;

/** An attachment as readers get it. */
export interface Attachment extends Omit<StoredAttachment, 'previews'> {
  /** Where the file can be read for a while, without a token. */
  url: string;
  /** Of a picture of at most 320 by 320 pixels. */
  previewUrl?: string;
  /** Of one of at most 1,280 by 1,280 pixels. */
  largePreviewUrl?: string;
}

/** As the databases and Redis keep them: JSON, or null for a message without any. */
export const storedAttachments = (attachments: readonly StoredAttachment[] | undefined): string | null =>
  attachments ? JSON.stringify(attachments) : null;

export const parseAttachments = (stored: string): StoredAttachment[] =>
  JSON.parse(stored) as StoredAttachment[]; // safe: made by `storedAttachments`

/** What lists and quotes show of a message: its text, or what its files are called if it has none. */
export const textOrNames = (text: string, attachments: readonly { name: string }[] | undefined): string =>
  text === '' && attachments ? attachments.map(({ name }) => name).join(', ') : text;
