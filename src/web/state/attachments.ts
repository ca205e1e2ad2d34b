import type { ServerAttachment } from '../../client/chat/index.ts';

/** A file of a message. */
export type Attachment = ServerAttachment;

/** As it is known before the message has been sent. */
export type FileFacts = Pick<Attachment, 'id' | 'name' | 'size' | 'mediaType' | 'width' | 'height'>;

/** What stands for a message where there is only text: what it says, or what its files are called. */
export const textOrNames = ({
  text,
  attachments,
}: {
  text: string;
  attachments?: readonly { name: string }[] | undefined;
}): string => (text === '' && attachments ? attachments.map(({ name }) => name).join(', ') : text);
