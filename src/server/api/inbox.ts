import { z } from 'zod';
import {
  attachmentIds,
  clientId,
  emoji,
  hasContent,
  inboxText,
  inboxTextOrNone,
  noContent,
  rowId,
  searchQuery,
  time,
  upToRowId,
  username,
} from '../core/validation.ts';
import {
  deleteInboxMessage,
  editInboxMessage,
  reactToInboxMessage,
  readInboxMessage,
} from '../services/inbox/change-messages.ts';
import {
  clearConversation,
  muteConversation,
  setInboxTyping,
} from '../services/inbox/conversation-settings.ts';
import { listConversations } from '../services/inbox/conversations.ts';
import { followInbox, type InboxEphemeralEvent, type InboxEvent } from '../services/inbox/inbox-events.ts';
import { listInboxMessages } from '../services/inbox/list-messages.ts';
import { countInboxMessages, markInboxRead } from '../services/inbox/read-marks.ts';
import { searchInbox } from '../services/inbox/search-messages.ts';
import { sendInboxMessage } from '../services/inbox/send-message.ts';
import { deliver, subscriber } from './deliver.ts';
import {
  changed,
  changedMessage,
  conversationPage,
  counts,
  inboxEvents,
  messagePage,
  muted,
  searchPage,
  sentMessage,
} from './outputs/inbox.ts';
import { type Repeat, sendOnce } from './repeats.ts';
import { authedProcedure, router } from './trpc.ts';

const maxPageSize = 500;
const maxConversations = 200;
const maxHits = 100;

const cursorText = z
  .string()
  .max(200)
  .nullish()
  .transform((cursor) => cursor ?? undefined);

const optionalId = upToRowId.nullish().transform((id) => id ?? undefined);

/** For mutations of a message that answer with it. */
const rereadMessage: Repeat = {
  reread: (deps, username, input) => readInboxMessage(deps, { id: (input as { id: number }).id, username }), // safe: the first call has taken it
};

export const inboxRouter = router({
  /**
   * Sends a message to a user or to oneself: at most 16,384 characters, stored as written; with up to 10 `attachments`, ids of files that the
   * caller has uploaded for that user, it may be empty. It is on disk when the call
   * returns. Repeating a `clientId` within 7 days returns the first message as it is now, or `{ id, deleted: true }`.
   * @throws `RECIPIENT_NOT_FOUND`, `MESSAGE_NOT_FOUND` for `replyTo`, `FILE_NOT_FOUND`, `CLIENT_ID_REUSED`, `TOO_MANY_REQUESTS` beyond 600
   * messages a minute
   */
  sendMessage: authedProcedure
    .meta({ repeat: 'again' })
    .input(
      z
        .object({
          recipient: username,
          text: inboxTextOrNone,
          attachments: attachmentIds.optional(),
          replyTo: rowId.optional(),
          clientId: clientId.optional(),
        })
        .refine(hasContent, noContent),
    )
    .output(sentMessage)
    .mutation(({ ctx, input: { recipient, text, attachments, replyTo, clientId: given } }) =>
      sendOnce(ctx, given, (clientId) =>
        sendInboxMessage(ctx.deps, {
          recipient,
          text,
          replyTo,
          clientId,
          sender: ctx.session.username,
          files: attachments,
        }),
      ),
    ),

  /**
   * Messages sent and received, newest first, or only those exchanged `with` one user; `limit` is 50 by default, at most
   * 500. `before` (or `cursor`) and `after` are ids; pass `nextCursor` to continue. A page may hold fewer than `limit`.
   */
  listMessages: authedProcedure
    .input(
      z
        .object({
          limit: z.number().int().min(1).max(maxPageSize).default(50),
          cursor: optionalId,
          before: optionalId,
          after: optionalId,
          with: username.optional(),
        })
        .default({ limit: 50, cursor: undefined, before: undefined, after: undefined }),
    )
    .output(messagePage)
    .query(({ ctx, input: { cursor, before = cursor, ...page }, signal }) =>
      listInboxMessages(ctx.deps, ctx.session.username, { ...page, before, signal }),
    ),

  /**
   * The caller's conversations, latest activity first, or only the one `with` a user; `limit` is 50 by default, at most
   * 200. Paging neither skips nor repeats conversations in which messages arrive meanwhile.
   */
  listConversations: authedProcedure
    .input(
      z
        .object({
          limit: z.number().int().min(1).max(maxConversations).default(50),
          cursor: cursorText,
          unreadOnly: z.boolean().optional(),
          with: username.optional(),
        })
        .default({ limit: 50, cursor: undefined }),
    )
    .output(conversationPage)
    .query(({ ctx, input }) => listConversations(ctx.deps, ctx.session.username, input)),

  /**
   * Replaces the text of a message that the caller sent.
   * @throws `MESSAGE_NOT_FOUND`, `NOT_THE_SENDER`, `EDIT_WINDOW_OVER`
   */
  editMessage: authedProcedure
    .meta({ repeat: rereadMessage })
    .input(z.object({ id: rowId, text: inboxText }))
    .output(changedMessage)
    .mutation(({ ctx, input }) => editInboxMessage(ctx.deps, { ...input, username: ctx.session.username })),

  /**
   * Deletes a message for both users or, with the scope `me`, for the caller.
   * @throws `MESSAGE_NOT_FOUND`, also for a message between other users
   */
  deleteMessage: authedProcedure
    .input(z.object({ id: rowId, scope: z.enum(['everyone', 'me']).default('everyone') }))
    .output(changed)
    .mutation(({ ctx, input }) => deleteInboxMessage(ctx.deps, { ...input, username: ctx.session.username })),

  /** Hides all messages so far of a conversation from the caller. */
  clearConversation: authedProcedure
    .input(z.object({ with: username }))
    .output(changed)
    .mutation(({ ctx, input }) => clearConversation(ctx.deps, { ...input, username: ctx.session.username })),

  /**
   * Adds an emoji to a message. Idempotent.
   * @throws `MESSAGE_NOT_FOUND`, `TOO_MANY_REACTIONS` beyond 8 different ones by the caller
   */
  react: authedProcedure
    .meta({ repeat: rereadMessage })
    .input(z.object({ id: rowId, emoji }))
    .output(changedMessage)
    .mutation(({ ctx, input }) =>
      reactToInboxMessage(ctx.deps, { ...input, username: ctx.session.username, isOn: true }),
    ),

  /**
   * Removes the caller's emoji from a message. Idempotent.
   * @throws `MESSAGE_NOT_FOUND`
   */
  unreact: authedProcedure
    .meta({ repeat: rereadMessage })
    .input(z.object({ id: rowId, emoji }))
    .output(changedMessage)
    .mutation(({ ctx, input }) =>
      reactToInboxMessage(ctx.deps, { ...input, username: ctx.session.username, isOn: false }),
    ),

  /** The number of messages, of unread received messages, and of conversations with any. */
  countMessages: authedProcedure
    .output(counts)
    .query(({ ctx }) => countInboxMessages(ctx.deps, ctx.session.username)),

  /** Marks messages received up to `upTo` as read, in one conversation or in all. Marks only move forward. */
  markRead: authedProcedure
    .input(z.object({ with: username.optional(), upTo: upToRowId }))
    .output(counts)
    .mutation(({ ctx, input }) => markInboxRead(ctx.deps, { ...input, username: ctx.session.username })),

  /** Marks all messages as read. */
  markAllRead: authedProcedure
    .output(counts)
    .mutation(({ ctx }) => markInboxRead(ctx.deps, { username: ctx.session.username })),

  /**
   * Turns off notifications of a conversation, `until` a time or for good.
   * @throws `USER_NOT_FOUND`
   */
  mute: authedProcedure
    .input(z.object({ with: username, until: time.optional() }))
    .output(muted)
    .mutation(({ ctx, input }) =>
      muteConversation(ctx.deps, {
        with: input.with,
        until: input.until,
        username: ctx.session.username,
      }),
    ),

  /**
   * Turns on notifications of a conversation.
   * @throws `USER_NOT_FOUND`
   */
  unmute: authedProcedure
    .input(z.object({ with: username }))
    .output(muted)
    .mutation(({ ctx, input }) =>
      muteConversation(ctx.deps, { with: input.with, until: null, username: ctx.session.username }),
    ),

  /** Tells a user that the caller is typing. It expires after 6 s, or when a message arrives. */
  setTyping: authedProcedure
    .meta({ repeat: 'again' })
    .input(z.object({ to: username, isTyping: z.boolean() }))
    .output(z.void())
    .mutation(({ ctx, input }) => setInboxTyping(ctx.deps, { ...input, username: ctx.session.username })),

  /**
   * Messages with all words of `query` in them, whole or as parts of words, newest first or by `rank`; only those exchanged
   * `with` one user if given. Case, accents and punctuation do not matter. `ranges` are in UTF-16 units of the text; `limit` is
   * 20 by default, at most 100. A page may hold fewer; the last one has no `nextCursor`.
   * @throws `TOO_MANY_REQUESTS` beyond 300 searches a minute
   */
  search: authedProcedure
    .input(
      z.object({
        query: searchQuery,
        with: username.optional(),
        limit: z.number().int().min(1).max(maxHits).default(20),
        cursor: cursorText,
        order: z.enum(['newest', 'rank']).default('newest'),
      }),
    )
    .output(searchPage)
    .query(({ ctx, input, signal }) => searchInbox(ctx.deps, ctx.session.username, { ...input, signal })),

  /**
   * Everything that happens in the caller's inbox. With `lastEventId`, first what happened since; a `gap` means that more was
   * missed than is kept. Typing is not kept.
   * @throws `TOO_MANY_SUBSCRIPTIONS`, `TOO_MANY_REQUESTS`; later `UNAUTHORIZED`, when the session ends
   */
  onMessage: authedProcedure
    .input(z.object({ lastEventId: z.string().min(1).max(64).optional() }).default({}))
    .output(inboxEvents)
    .subscription(async ({ ctx, input, signal }) =>
      deliver<InboxEvent, InboxEphemeralEvent>(
        ctx,
        await followInbox(ctx.deps, { ...input, ...subscriber(ctx, signal) }),
      ),
    ),
});
