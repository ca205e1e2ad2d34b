import { z } from 'zod';
import { rowId, upToRowId } from '../core/validation.ts';
import { listPins, pinMessage, unpinMessage } from '../services/rooms/pins.ts';
import { messageId } from '../services/rooms/room-messages.ts';
import { pinPage } from './outputs/chat.ts';
import { changingRoom, memberProcedure } from './room-procedures.ts';

const ofMessage = z.object({ roomId: rowId, id: messageId });

/** Procedures of `chat` about pinned messages. */
export const roomPins = {
  /**
   * Pins a message. Owners and moderators may. Idempotent. A pin ends when its message is no longer held.
   * @throws `NOT_A_MEMBER`, `ROLE_REQUIRED`, `MESSAGE_NOT_FOUND`, `PIN_LIMIT` beyond 50 pinned messages, `TOO_MANY_REQUESTS` beyond 120
   * changes a minute
   */
  pinMessage: changingRoom
    .input(ofMessage)
    .output(z.void())
    .mutation(({ ctx, input }) => pinMessage(ctx.deps, { ...input, by: ctx.session.username })),

  /**
   * Unpins a message. Owners and moderators may. Idempotent.
   * @throws `NOT_A_MEMBER`, `ROLE_REQUIRED`, `TOO_MANY_REQUESTS` beyond 120 changes a minute
   */
  unpinMessage: changingRoom
    .input(ofMessage)
    .output(z.void())
    .mutation(({ ctx, input }) => unpinMessage(ctx.deps, { ...input, by: ctx.session.username })),

  /**
   * The pinned messages of a room, the latest pin first: in one page unless they are larger than 1 MB; on the last page `nextCursor` is
   * null. `chat.onMessage` has a `pins` event when they change, which is not repeated after a reconnection: list them again.
   * @throws `NOT_A_MEMBER`
   */
  listPins: memberProcedure
    .input(z.object({ cursor: upToRowId.nullish().transform((cursor) => cursor ?? undefined) }))
    .output(pinPage)
    .query(({ ctx, input, signal }) =>
      listPins(ctx.deps, { ...input, username: ctx.session.username, signal }),
    ),
};
