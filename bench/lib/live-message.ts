import { stampedText } from './stamp.ts';

/** What peers send, with the size and the shape of a room message as Mirage sends it. */
export function liveMessage(seq: number, length?: number) {
  const createdAt = new Date();
  const id = `${createdAt.getTime()}-${seq}`;
  const message = { id, roomId: 1, username: 'user0', text: stampedText(length), createdAt };
  return { id, data: { type: 'message', message } };
}

/** What `publish` of every server takes: that many messages at once, each with a text of that length. */
export interface Publication {
  count: number;
  length?: number;
}
