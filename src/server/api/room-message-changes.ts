import { z } from 'zod';
import { emoji, roomText } from '../core/validation.ts';
import {
  deleteRoomMessage,
  editRoomMessage,
  reactToRoomMessage,
  readRoomMessage,
  type Target,
} from '../services/rooms/change-messages.ts';
import { messageId } from '../services/rooms/room-messages.ts';
import { message } from './outputs/chat.ts';
import type { Repeat } from './repeats.ts';
import { memberProcedure } from './room-procedures.ts';

const messageProcedure = memberProcedure.input(z.object({ id: messageId }));

/** For changes that answer with the message. */
const rereadMessage: Repeat = {
  reread: (deps, username, input) => readRoomMessage(deps, { ...(input as Target), username }), // safe: the first call has taken it
};

/** Procedures of `chat` that change messages. Subscribers of `chat.onMessage` are told, also when they come back later. */
export const roomMessageChanges = {
  /**
   * Changes the text of a message that the caller sent, with its mentions.
   * @throws `NOT_A_MEMBER`, `MESSAGE_NOT_FOUND`, `NOT_THE_SENDER`, `EDIT_WINDOW_OVER`, `TOO_MANY_REQUESTS` beyond 120 changes a minute
   */
  editMessage: messageProcedure
    .meta({ repeat: rereadMessage })
    .input(z.object({ text: roomText }))
    .output(message)
    .mutation(({ ctx, input }) => editRoomMessage(ctx.deps, { ...input, username: ctx.session.username })),

  /**
   * Deletes a message for everyone, and its pin. Its sender may; owners and moderators may delete any.
   * @throws `NOT_A_MEMBER`, `MESSAGE_NOT_FOUND`, `ROLE_REQUIRED`, `TOO_MANY_REQUESTS` beyond 120 changes a minute
   */
  deleteMessage: messageProcedure
    .output(z.void())
    .mutation(({ ctx, input }) => deleteRoomMessage(ctx.deps, { ...input, username: ctx.session.username })),

  /**
   * Adds an emoji to a message. Idempotent.
   * @throws `NOT_A_MEMBER`, `MESSAGE_NOT_FOUND`, `TOO_MANY_REACTIONS` beyond 8 different ones by the caller or 1,000 by all,
   * `TOO_MANY_REQUESTS` beyond 120 changes a minute
   */
  react: messageProcedure
    .meta({ repeat: rereadMessage })
    .input(z.object({ emoji }))
    .output(message)
    .mutation(({ ctx, input }) =>
      reactToRoomMessage(ctx.deps, { ...input, username: ctx.session.username, isOn: true }),
    ),

  /**
   * Removes the caller's emoji from a message. Idempotent.
   * @throws `NOT_A_MEMBER`, `MESSAGE_NOT_FOUND`, `TOO_MANY_REQUESTS` beyond 120 changes a minute
   */
  unreact: messageProcedure
    .meta({ repeat: rereadMessage })
    .input(z.object({ emoji }))
    .output(message)
    .mutation(({ ctx, input }) =>
      reactToRoomMessage(ctx.deps, { ...input, username: ctx.session.username, isOn: false }),
    ),
};
