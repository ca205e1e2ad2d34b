import type { MirageClient } from '../../client/index.ts';
import type { FileFacts } from './attachments.ts';
import type { Inbox } from './inbox.ts';
import type { Delivery } from './outbox.ts';
import type { RoomFeed } from './room-feed.ts';

const attached = (files: FileFacts[] | undefined) => files && { attachments: files.map(({ id }) => id) };

export function roomDelivery(
  client: MirageClient,
  username: string,
  roomId: number,
  feed: () => RoomFeed | undefined,
): Delivery {
  return {
    async send({ text, files, quote }, signal) {
      const message = await client.chat.sendMessage.mutate(
        { roomId, text, ...attached(files), ...(quote && { replyTo: String(quote.id) }) },
        { signal },
      );
      feed()?.add(message);
      return message.id;
    },
    history: {
      async listOwn(signal) {
        const messages = await client.chat.listMessages.query({ roomId }, { signal });
        return messages.filter((message) => message.username === username);
      },
      newestId() {
        const state = feed()?.get();
        if (state?.status !== 'live') return undefined;
        return state.entries.findLast((entry) => !('isGap' in entry))?.id ?? '0';
      },
    },
  };
}

export function inboxDelivery(client: MirageClient, peer: string, inbox: Inbox): Delivery {
  return {
    async send({ key, text, files, quote }, signal) {
      const message = await client.inbox.sendMessage.mutate(
        {
          recipient: peer,
          text,
          clientId: key,
          ...attached(files),
          ...(quote && { replyTo: Number(quote.id) }),
        },
        { signal },
      );
      inbox.add(message);
      return String(message.id);
    },
  };
}
