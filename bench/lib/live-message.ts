import { stampedText } from './stamp.ts';

/** What the other servers send: a room message in Mirage's size and shape. */
export function liveMessage(seq: number, length?: number) {
  const createdAt = new Date();
  const id = `${createdAt.getTime()}-${seq}`;
  const message = { id, roomId: 1, username: 'user0', text: stampedText(length), createdAt };
  return { id, data: { type: 'message', message } };
}

/** The arguments of every server's `publish`: how many messages at once, and the length of their text. */
export interface Publication {
  count: number;
  length?: number;
}
