import { z } from 'zod';
import type { Caller } from '../../server/routers/app-router.ts';
import { inboxText, username } from '../../server/text.ts';
import { messageId, textOrNumber } from '../fields.ts';
import { id, utcTime } from '../outputs.ts';
import { defineRoute } from '../route.ts';
import { sqliteText, sqlTime } from '../wire.ts';

// The original wrote a space before the comma in two of its routes and none in the others.
const reloginSpaced = [401, 'invalid token , please re-login'] as const;
const relogin = [401, 'invalid token, please re-login'] as const;

export const inboxRoutes = [
  defineRoute({
    operationId: 'sendInboxMessage',
    tag: 'inbox',
    method: 'post',
    path: '/api/send_inbox_message',
    summary: 'Send a private message',
    token: 'header',
    noToken: reloginSpaced,
    badInput: [400, 'missing recipient or message'],
    input: z.object({ recipient: textOrNumber(username), message: textOrNumber(inboxText) }),
    output: z.object({ message: z.literal('message sent') }),
    errors: {
      // The original misspelt the key; both spellings serve readers of either.
      RECIPIENT_NOT_FOUND: [404, 'recipient not found', { erorr: 'recipient not found' }],
    },
    refusals: ['RECIPIENT_NOT_FOUND'],
    async run(api, { recipient, message }) {
      await api.inbox.sendMessage({ recipient: sqliteText(recipient), text: sqliteText(message) });
      return { message: 'message sent' as const };
    },
  }),

  defineRoute({
    operationId: 'listInboxMessages',
    tag: 'inbox',
    method: 'get',
    path: '/api/inbox',
    summary: 'All private messages you sent or received, newest first',
    token: 'header',
    noToken: reloginSpaced,
    input: z.object({}),
    output: z.object({
      messages: z.array(
        z.object({
          avatar_url: z.string(),
          created_at: utcTime,
          id,
          message: z.string(),
          recipient: z.string(),
          sender: z.string(),
        }),
      ),
    }),
    refusals: [],
    async run(api) {
      const messages = await wholeInbox(api);
      return {
        messages: messages.map(({ id, sender, recipient, text, avatarUrl, createdAt }) => ({
          avatar_url: avatarUrl,
          created_at: sqlTime(createdAt),
          id,
          message: text,
          recipient,
          sender,
        })),
      };
    },
  }),

  defineRoute({
    operationId: 'deleteInboxMessage',
    tag: 'inbox',
    method: 'post',
    path: '/api/delete_inbox_message',
    summary: 'Delete a private message, for both sides',
    token: 'header',
    noToken: relogin,
    badInput: [400, 'missing message ID'],
    input: z.object({ message_id: messageId }),
    output: z.object({ message: z.literal('message deleted successfully') }),
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
    summary: 'How many private messages you sent and received',
    token: 'header',
    noToken: relogin,
    input: z.object({}),
    output: z.object({ inbox_count: z.number().int().nonnegative() }),
    refusals: [],
    async run(api) {
      const { total } = await api.inbox.countMessages();
      return { inbox_count: total };
    },
  }),
];

/** The original knew no pages, so they are all read, one after the other. */
async function wholeInbox(api: Caller) {
  const messages = [];
  let cursor: number | null = null;
  do {
    const page: Awaited<ReturnType<Caller['inbox']['listMessages']>> = await api.inbox.listMessages({
      limit: 500,
      cursor,
    });
    messages.push(...page.messages);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return messages;
}
