import { z } from 'zod';
import {
  countInboxMessages,
  deleteInboxMessage,
  listInboxMessages,
  markInboxRead,
  sendInboxMessage,
} from '../services/inbox.ts';
import { followInbox, type InboxEvent, type InboxNotice } from '../services/inbox-events.ts';
import { inboxText, rowId, username } from '../text.ts';
import { authedProcedure, router } from '../trpc.ts';
import { deliver, subscriber } from './deliver.ts';

const maxPageSize = 500;

/** The id of a message as text, as all event ids are. */
const inboxEventId = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform((id) => String(rowId.catch(0).parse(Number(id))));

export const inboxRouter = router({
  /**
   * Writes to a user, oneself included, in at most 16,384 characters, kept as written. The answer means that it is on disk.
   * @throws `RECIPIENT_NOT_FOUND`, `TOO_MANY_REQUESTS` beyond 600 messages a minute
   */
  sendMessage: authedProcedure
    .input(z.object({ recipient: username, text: inboxText }))
    .mutation(({ ctx, input }) => sendInboxMessage(ctx.deps, { ...input, sender: ctx.session.username })),

  /**
   * Messages sent and received, newest first, or those exchanged `with` one user. `nextCursor`, given as `cursor`, asks for
   * the next older page; it is null on the last one. A page has `limit` messages: 50, or up to 500.
   */
  listMessages: authedProcedure
    .input(
      z
        .object({
          limit: z.number().int().min(1).max(maxPageSize).default(50),
          cursor: rowId.nullish().transform((cursor) => cursor ?? undefined),
          with: username.optional(),
        })
        .default({ limit: 50, cursor: undefined }),
    )
    .query(({ ctx, input }) => listInboxMessages(ctx.deps, ctx.session.username, input)),

  /**
   * Deletes a message that one has sent or received, for both sides.
   * @throws `MESSAGE_NOT_FOUND`, also for one between others
   */
  deleteMessage: authedProcedure
    .input(z.object({ id: rowId }))
    .mutation(({ ctx, input }) =>
      deleteInboxMessage(ctx.deps, { id: input.id, username: ctx.session.username }),
    ),

  /** How many messages one has sent and received, and how many of those received are unread. */
  countMessages: authedProcedure.query(({ ctx }) => countInboxMessages(ctx.deps, ctx.session.username)),

  /** Marks everything received up to and including the message with the id `upTo` as read, and gives what is left unread. */
  markRead: authedProcedure
    .input(z.object({ upTo: rowId }))
    .mutation(({ ctx, input }) =>
      markInboxRead(ctx.deps, { upTo: input.upTo, username: ctx.session.username }),
    ),

  /**
   * Messages sent and received. With `lastEventId`, first all that are newer, however long ago that was: none is ever
   * missed. Without, what comes from now on. That messages were deleted or read is told to those who listen.
   * @throws `TOO_MANY_SUBSCRIPTIONS`, `TOO_MANY_REQUESTS`; later `UNAUTHORIZED`, when the session ends
   */
  onMessage: authedProcedure
    .input(z.object({ lastEventId: inboxEventId.optional() }).default({}))
    .subscription(async ({ ctx, input, signal }) =>
      deliver<InboxEvent, InboxNotice>(
        ctx,
        await followInbox(ctx.deps, { ...input, ...subscriber(ctx, signal) }),
      ),
    ),
});
