import { z } from 'zod';
import { sendRoomMessage } from '../services/room-messages.ts';
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
    .mutation(({ ctx, input }) => joinRoom(ctx.deps, { ...input, username: ctx.session.username })),

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
});
