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
  sendMessage: authedProcedure
    .input(z.object({ recipient: username, text: inboxText }))
    .mutation(({ ctx, input }) => sendInboxMessage(ctx.deps, { ...input, sender: ctx.session.username })),

  /** Newest first. `nextCursor` asks for the next older page, and is null on the last one. */
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

  deleteMessage: authedProcedure
    .input(z.object({ id: rowId }))
    .mutation(({ ctx, input }) =>
      deleteInboxMessage(ctx.deps, { id: input.id, username: ctx.session.username }),
    ),

  countMessages: authedProcedure.query(({ ctx }) => countInboxMessages(ctx.deps, ctx.session.username)),

  /** Marks everything received up to and including the message with the id `upTo` as read. */
  markRead: authedProcedure
    .input(z.object({ upTo: rowId }))
    .mutation(({ ctx, input }) =>
      markInboxRead(ctx.deps, { upTo: input.upTo, username: ctx.session.username }),
    ),

  /**
   * Messages sent and received. With `lastEventId`, first all that are newer, however long ago that was: none is ever
   * missed. Without, what comes from now on. That messages were deleted or read is told to those who listen.
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
