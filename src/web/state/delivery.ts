import type { MirageClient } from '../../client/index.ts';
import type { FileFacts } from './attachments.ts';
import type { Inbox } from './inbox.ts';
import type { Delivery } from './outbox.ts';
import type { RoomFeed } from './room-feed.ts';

const attached = (files: FileFacts[] | undefined) => files && { attachments: files.map(({ id }) => id) };

export function roomDelivery(
  client: MirageClient,
  roomId: number,
  feed: () => RoomFeed | undefined,
): Delivery {
  return {
    async send({ key, text, files, quote }, signal) {
      const message = await client.chat.sendMessage.mutate(
        { roomId, text, clientId: key, ...attached(files), ...(quote && { replyTo: String(quote.id) }) },
        { signal },
      );
      feed()?.add(message);
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
    },
  };
}
