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
  /**
   * Makes a room, private exactly when a password is given, with oneself as its first member. Name and password are trimmed.
   * @throws `ROOM_NAME_TAKEN`, `PUBLIC_ROOM_LIMIT` (5 public rooms, unless the server is set otherwise)
   */
  createRoom: authedProcedure
    .input(z.object({ name: roomName, password: roomPassword.min(1).optional() }))
    .mutation(({ ctx, input }) => createRoom(ctx.deps, { ...input, creator: ctx.session.username })),

  /**
   * Joins a room by its name; joining again changes nothing. A private room asks for its password each time.
   * @throws `ROOM_NOT_FOUND`, `PASSWORD_REQUIRED`, `WRONG_PASSWORD`, `TOO_MANY_REQUESTS` after 10 wrong ones in 15 minutes
   */
  joinRoom: authedProcedure
    .input(z.object({ name: roomName, password: roomPassword.optional() }))
    .mutation(({ ctx, input }) =>
      joinRoom(ctx.deps, { ...input, username: ctx.session.username, address: ctx.address }),
    ),

  /**
   * Ends one's membership, and one's subscriptions to the room with `NOT_A_MEMBER`.
   * @throws `NOT_A_MEMBER`
   */
  leaveRoom: roomProcedure.mutation(({ ctx, input }) =>
    leaveRoom(ctx.deps, { roomId: input.roomId, username: ctx.session.username }),
  ),

  /**
   * Deletes a room with its messages, for its creator alone. Subscriptions to it end with `ROOM_NOT_FOUND`.
   * @throws `ROOM_NOT_FOUND`, `NOT_THE_CREATOR`
   */
  deleteRoom: roomProcedure.mutation(({ ctx, input }) =>
    deleteRoom(ctx.deps, { roomId: input.roomId, username: ctx.session.username }),
  ),

  /** All public rooms in the order of their creation, and whether one is in them. */
  listPublicRooms: authedProcedure.query(({ ctx }) => listPublicRooms(ctx.deps, ctx.session.username)),

  /** The rooms one is in, private ones too, in the order of joining. `createdBy` is null where nobody knows. */
  listJoinedRooms: authedProcedure.query(({ ctx }) => listJoinedRooms(ctx.deps, ctx.session.username)),

  /**
   * Who is in a room, in the order of joining. Anybody may ask about a public room, only its members about a private one.
   * @throws `ROOM_NOT_FOUND`, `NOT_A_MEMBER`
   */
  listMembers: roomProcedure.query(({ ctx, input }) =>
    listMembers(ctx.deps, { roomId: input.roomId, username: ctx.session.username }),
  ),

  /**
   * Says something in a room: at most 16,384 characters, trimmed. It is held for a while in memory, not for good.
   * @throws `NOT_A_MEMBER`, `TOO_MANY_REQUESTS` beyond 600 messages a minute
   */
  sendMessage: memberProcedure.input(z.object({ text: roomText })).mutation(({ ctx, input }) =>
    sendRoomMessage(ctx.deps, {
      roomId: input.roomId,
      text: input.text,
      username: ctx.session.username,
    }),
  ),

  /**
   * What is still held of the room, oldest first; with `after`, the id of a message, only what is newer.
   * @throws `NOT_A_MEMBER`
   */
  listMessages: memberProcedure
    .input(z.object({ after: messageId.optional() }))
    .query(({ ctx, input }) => ctx.deps.roomMessages.list(input.roomId, input.after)),

  /**
   * What is still held, then what arrives, each message once and in the order of the store. With `lastEventId`, only
   * what is newer; a gap comes first if some of that is held no more.
   * @throws `NOT_A_MEMBER`, `TOO_MANY_SUBSCRIPTIONS`, `TOO_MANY_REQUESTS`; later what ended it: `NOT_A_MEMBER`,
   * `ROOM_NOT_FOUND`, `UNAUTHORIZED`
   */
  onMessage: memberProcedure
    .input(z.object({ lastEventId: messageId.optional() }))
    .subscription(async ({ ctx, input, signal }) =>
      deliver<RoomEvent, RoomNotice>(
        ctx,
        await followRoomMessages(ctx.deps, { ...input, ...subscriber(ctx, signal) }),
      ),
    ),

  /**
   * Who is here and who is typing: first how it is, then what changes. `applyPresence` of the client adds that up.
   * @throws as `chat.onMessage`
   */
  onPresence: memberProcedure.subscription(async ({ ctx, input, signal }) =>
    deliver<never, PresenceEvent>(
      ctx,
      await followPresence(ctx.deps, { roomId: input.roomId, ...subscriber(ctx, signal) }),
    ),
  ),

  /**
   * Tells the room that one is typing. It holds for 6 s, so it is to be said again while the typing goes on.
   * @throws `NOT_A_MEMBER`
   */
  setTyping: memberProcedure
    .input(z.object({ isTyping: z.boolean() }))
    .mutation(({ ctx, input }) =>
      ctx.deps.presence.setTyping(input.roomId, ctx.session.username, input.isTyping),
    ),
});
