import { z } from 'zod';
import type { PresenceEvent } from '../live/presence.ts';
import {
  followPresence,
  followRoomMessages,
  type RoomEvent,
  type RoomNotice,
  sendRoomMessage,
} from '../services/room-messages.ts';
import {
  createRoom,
  deleteRoom,
  joinRoom,
  leaveRoom,
  listJoinedRooms,
  listMembers,
  listPublicRooms,
  requireMember,
} from '../services/rooms.ts';
import { messageId } from '../stores/room-message-store.ts';
import { roomName, roomPassword, roomText, rowId } from '../text.ts';
import { authedProcedure, router } from '../trpc.ts';
import { deliver, subscriber } from './deliver.ts';

const ofRoom = z.object({ roomId: rowId });

const roomProcedure = authedProcedure.input(ofRoom);

/** A room is closed to outsiders, for reading as for writing. */
const memberProcedure = roomProcedure.use(async ({ ctx, input, next }) => {
  await requireMember(ctx.deps, { roomId: input.roomId, username: ctx.session.username });
  return next();
});

export const chatRouter = router({
  /** Private exactly when a password is given. */
  createRoom: authedProcedure
    .input(z.object({ name: roomName, password: roomPassword.min(1).optional() }))
    .mutation(({ ctx, input }) => createRoom(ctx.deps, { ...input, creator: ctx.session.username })),

  joinRoom: authedProcedure
    .input(z.object({ name: roomName, password: roomPassword.optional() }))
    .mutation(({ ctx, input }) =>
      joinRoom(ctx.deps, { ...input, username: ctx.session.username, address: ctx.address }),
    ),

  leaveRoom: roomProcedure.mutation(({ ctx, input }) =>
    leaveRoom(ctx.deps, { roomId: input.roomId, username: ctx.session.username }),
  ),

  /** For the creator alone. */
  deleteRoom: roomProcedure.mutation(({ ctx, input }) =>
    deleteRoom(ctx.deps, { roomId: input.roomId, username: ctx.session.username }),
  ),

  listPublicRooms: authedProcedure.query(({ ctx }) => listPublicRooms(ctx.deps, ctx.session.username)),

  listJoinedRooms: authedProcedure.query(({ ctx }) => listJoinedRooms(ctx.deps, ctx.session.username)),

  listMembers: roomProcedure.query(({ ctx, input }) =>
    listMembers(ctx.deps, { roomId: input.roomId, username: ctx.session.username }),
  ),

  sendMessage: memberProcedure.input(z.object({ text: roomText })).mutation(({ ctx, input }) =>
    sendRoomMessage(ctx.deps, {
      roomId: input.roomId,
      text: input.text,
      username: ctx.session.username,
    }),
  ),

  /** What is still held of the room, oldest first; with `after`, only what is newer than that message. */
  listMessages: memberProcedure
    .input(z.object({ after: messageId.optional() }))
    .query(({ ctx, input }) => ctx.deps.roomMessages.list(input.roomId, input.after)),

  /**
   * What is still held, then what arrives, each message once and in the order of the store. With `lastEventId`, only
   * what is newer; a gap comes first if some of that is held no more.
   */
  onMessage: memberProcedure
    .input(z.object({ lastEventId: messageId.optional() }))
    .subscription(async ({ ctx, input, signal }) =>
      deliver<RoomEvent, RoomNotice>(
        ctx,
        await followRoomMessages(ctx.deps, { ...input, ...subscriber(ctx, signal) }),
      ),
    ),

  /** Who is here and who is typing: first how it is, then what changes. */
  onPresence: memberProcedure.subscription(async ({ ctx, input, signal }) =>
    deliver<never, PresenceEvent>(
      ctx,
      await followPresence(ctx.deps, { roomId: input.roomId, ...subscriber(ctx, signal) }),
    ),
  ),

  /** Holds for a few seconds, so it is to be said again while the typing goes on. */
  setTyping: memberProcedure
    .input(z.object({ isTyping: z.boolean() }))
    .mutation(({ ctx, input }) =>
      ctx.deps.presence.setTyping(input.roomId, ctx.session.username, input.isTyping),
    ),
});
