import { z } from 'zod';
import { mapSlices } from '../../server/core/slices.ts';
import { inboxText, username } from '../../server/core/validation.ts';
import { messageId, textOrNumber } from '../fields.ts';
import { confirmation, count, inboxMessage } from '../outputs.ts';
import { defineListRoute, defineRoute, type LegacyError } from '../route.ts';
import { sqliteText, sqlTime } from '../wire.ts';

// The original has a space before the comma in two of its routes.
const reloginSpaced = [401, 'invalid token , please re-login'] as const;
const relogin = [401, 'invalid token, please re-login'] as const;

/** Shown for senders without an avatar. */
const defaultAvatarUrl = 'https://i.pinimg.com/736x/20/da/fa/20dafa83d38f2277472e132bf1f21c22.jpg';

/** The original misspelt the key; both spellings are sent for clients that read either. */
const recipientNotFound: LegacyError = [404, 'recipient not found', { erorr: 'recipient not found' }];

export const inboxRoutes = [
  defineRoute({
    operationId: 'sendInboxMessage',
    tag: 'inbox',
    method: 'post',
    path: '/api/send_inbox_message',
    summary: 'Send a private message',
    description:
      'The text is kept as it is, white space included. You may write to yourself. URLs of files that you have uploaded for the recipient, bare or after `[File] `, are taken out of it, and the files attached.',
    token: 'header',
    noToken: reloginSpaced,
    badInput: [400, 'missing recipient or message'],
    input: z.object({
      recipient: textOrNumber(username).meta({ description: 'Name of the recipient' }),
      message: textOrNumber(inboxText).meta({
        description: 'Text of the message; a number is stored as text',
      }),
    }),
    output: z.object({ message: confirmation('message sent') }),
    errors: {
      RECIPIENT_NOT_FOUND: recipientNotFound,
      // There was no such thing in the original, whose clients know this answer.
      RECIPIENT_UNAVAILABLE: recipientNotFound,
    },
    refusals: ['RECIPIENT_NOT_FOUND'],
    repeat: 'again',
    async run(api, { recipient, message }, links) {
      const target = { recipient: sqliteText(recipient) };
      await links.send(sqliteText(message), target, ({ text, attachments }) =>
        api.inbox.sendMessage({ recipient: target.recipient, text, attachments }),
      );
      return { message: 'message sent' as const };
    },
  }),

  defineListRoute({
    operationId: 'listInboxMessages',
    tag: 'inbox',
    method: 'get',
    path: '/api/inbox',
    summary: 'List your private messages',
    description: 'Lists all messages that you sent or received, newest first. There is no paging.',
    token: 'header',
    noToken: reloginSpaced,
    input: z.object({}),
    key: 'messages',
    listed: 'The messages, newest first',
    row: inboxMessage,
    refusals: [],
    rows: async (lists, _input, links) =>
      mapSlices(await lists.inboxMessages(), (message) => ({
        avatar_url: links.absolute(message.avatarUrl ?? defaultAvatarUrl),
        created_at: sqlTime(message.createdAt),
        id: message.id,
        message: links.shown(message),
        recipient: message.recipient,
        sender: message.sender,
      })),
  }),

  defineRoute({
    operationId: 'deleteInboxMessage',
    tag: 'inbox',
    method: 'post',
    path: '/api/delete_inbox_message',
    summary: 'Delete a private message',
    description: 'The sender and the recipient may delete a message. It disappears for both.',
    token: 'header',
    noToken: relogin,
    badInput: [400, 'missing message ID'],
    input: z.object({ message_id: messageId.meta({ description: 'Id of the message' }) }),
    output: z.object({ message: confirmation('message deleted successfully') }),
    refusals: ['MESSAGE_NOT_FOUND'],
    async run(api, { message_id }) {
      await api.inbox.deleteMessage({ id: message_id });
      return { message: 'message deleted successfully' as const };
    },
  }),

  defineRoute({
    operationId: 'countInboxMessages',
    tag: 'inbox',
    method: 'get',
    path: '/api/inbox_count',
    summary: 'Count your private messages',
    description: 'Counts all messages that you sent or received, read and unread.',
    token: 'header',
    noToken: relogin,
    input: z.object({}),
    output: z.object({ inbox_count: count.meta({ description: 'Number of messages' }) }),
    refusals: [],
    async run(api) {
      const { total } = await api.inbox.countMessages();
      return { inbox_count: total };
    },
  }),
];
