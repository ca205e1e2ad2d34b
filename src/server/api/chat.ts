import { z } from 'zod';
import {
  attachmentIds,
  clientId as clientIdText,
  hasContent,
  newRoomName,
  noContent,
  roomDescription,
  roomName,
  roomPassword,
  roomTextOrNone,
  roomTopic,
  time,
} from '../core/validation.ts';
import type { PresenceEvent } from '../infra/live/presence-events.ts';
import type { RoomsEvent, RoomsState } from '../infra/live/room-feed.ts';
import type { RoomEphemeralEvent, RoomEvent } from '../services/rooms/message-events.ts';
import { markRoomRead, muteRoom } from '../services/rooms/own-room.ts';
import { listHistory } from '../services/rooms/room-history.ts';
import { listMembers, listPublicRooms } from '../services/rooms/room-lists.ts';
import {
  followPresence,
  followRoomMessages,
  listRoomMessages,
  messageId,
  sendRoomMessage,
  setTyping,
} from '../services/rooms/room-messages.ts';
import { roomPosition } from '../services/rooms/room-positions.ts';
import { listJoinedRooms } from '../services/rooms/room-states.ts';
import { createRoom, deleteRoom, joinRoom, leaveRoom } from '../services/rooms/rooms.ts';
import { followRooms } from '../services/rooms/rooms-events.ts';
import { findRoomName } from '../services/shared/names.ts';
import { deliver, subscriber } from './deliver.ts';
import { parseName } from './names.ts';
import {
  history,
  historyPage,
  joinedRooms,
  members,
  message,
  messageEvents,
  messages,
  mutedRoom,
  presenceEvents,
  publicRooms,
  readRoom,
  room,
  roomsEvents,
} from './outputs/chat.ts';
import { sendOnce } from './repeats.ts';
import { roomMessageChanges } from './room-message-changes.ts';
import { roomPeople } from './room-people.ts';
import { roomPins } from './room-pins.ts';
import { memberProcedure, roomProcedure } from './room-procedures.ts';
import { roomSearch } from './room-search.ts';
import { authedProcedure, router } from './trpc.ts';

const roomProcedures = {
  /**
   * Creates a room with the caller as its owner and first member. It is private if a password is given. All texts are trimmed; a
   * topic has at most 250 characters, a description 2,000. Its messages are held for a while, or stored until they expire or are
   * deleted if `history` is `kept`.
   * @throws `ROOM_NAME_TAKEN`, `KEPT_ROOMS_OFF`, `PUBLIC_ROOM_LIMIT` (5 public rooms, unless the server is configured otherwise), `ROOM_LIMIT`
   * (100 per user), `MEMBERSHIP_LIMIT` (1000 per user), `TOO_MANY_REQUESTS`
   */
  createRoom: authedProcedure
    .input(
      z.object({
        name: roomName,
        password: roomPassword.min(1).optional(),
        topic: roomTopic.optional(),
        description: roomDescription.optional(),
        history: history.optional(),
      }),
    )
    .output(room)
    .mutation(({ ctx, input }) => {
      const name = ctx.hasVerbatimNames ? input.name : parseName(newRoomName, input.name);
      return createRoom(ctx.deps, { ...input, name, creator: ctx.session.username });
    }),

  /**
   * Joins a room by name; joining again changes nothing. A private room requires its password each time.
   * @throws `ROOM_NOT_FOUND`, `NOT_A_MEMBER` for one who is banned, `PASSWORD_REQUIRED`, `WRONG_PASSWORD`, `MEMBERSHIP_LIMIT`, `TOO_MANY_REQUESTS` after 10 wrong passwords in 15
   * minutes
   */
  joinRoom: authedProcedure
    .input(z.object({ name: roomName, password: roomPassword.optional() }))
    .output(room)
    .mutation(async ({ ctx, input }) => {
      const name = ctx.hasVerbatimNames ? input.name : await findRoomName(ctx.deps, input.name);
      return joinRoom(ctx.deps, { ...input, name, username: ctx.session.username, address: ctx.address });
    }),

  /**
   * Leaves a room. The caller's subscriptions to it end with `NOT_A_MEMBER`. If nobody else owns the room, the moderator who joined
   * first does from now on, or else the member who did; a room that everybody has left is deleted.
   * @throws `NOT_A_MEMBER`
   */
  leaveRoom: roomProcedure
    .output(z.void())
    .mutation(({ ctx, input }) =>
      leaveRoom(ctx.deps, { roomId: input.roomId, username: ctx.session.username }),
    ),

  /**
   * Deletes a room and its messages. Only its owners may. Subscriptions to it end with `ROOM_NOT_FOUND`.
   * @throws `ROOM_NOT_FOUND`, `NOT_THE_CREATOR`
   */
  deleteRoom: roomProcedure
    .output(z.void())
    .mutation(({ ctx, input }) =>
      deleteRoom(ctx.deps, { roomId: input.roomId, username: ctx.session.username }),
    ),

  /**
   * All public rooms in order of creation, and whether the caller is a member.
   * @throws `ANSWER_TOO_LARGE` over 1 MB
   */
  listPublicRooms: authedProcedure
    .output(publicRooms)
    .query(({ ctx, signal }) => listPublicRooms(ctx.deps, ctx.session.username, { signal })),

  /**
   * The rooms the caller is a member of, including private ones, in order of joining, with the caller's role. `createdBy` is null if it
   * is unknown; `unread` counts messages by others, of those that are held, `mentions` those of them that mention the caller; the text of
   * `lastMessage` has at most 140 characters.
   * @throws `ANSWER_TOO_LARGE` over 1 MB
   */
  listJoinedRooms: authedProcedure
    .output(joinedRooms)
    .query(({ ctx, signal }) => listJoinedRooms(ctx.deps, ctx.session.username, { signal })),

  /**
   * The caller's rooms, as `chat.listJoinedRooms` gives them, in one `state` event or several, the last with `complete`. Then
   * what changes: `joined` and `updated` replace what was known of a room, `left` says why, `unread` comes at most ten times
   * a second for a room, and `publicRooms` says that there are others than before. After a reconnection the state comes again.
   * @throws `TOO_MANY_SUBSCRIPTIONS`, `TOO_MANY_REQUESTS`
   */
  onRooms: authedProcedure
    .input(z.object({ lastEventId: z.string().max(64).optional() }))
    .output(roomsEvents)
    .subscription(async ({ ctx, signal }) =>
      deliver<RoomsState, RoomsEvent>(ctx, await followRooms(ctx.deps, subscriber(ctx, signal))),
    ),

  /**
   * Marks the messages of a room up to and including the message `upTo` as read. Marks only move forward.
   * @throws `NOT_A_MEMBER`
   */
  markRead: memberProcedure
    .meta({ repeat: 'again' })
    .input(z.object({ upTo: messageId }))
    .output(readRoom)
    .mutation(({ ctx, input: { roomId, upTo } }) =>
      markRoomRead(ctx.deps, { roomId, upTo, username: ctx.session.username }),
    ),

  /**
   * Turns off notifications of a room, `until` a time or for good.
   * @throws `NOT_A_MEMBER`
   */
  mute: memberProcedure
    .input(z.object({ until: time.optional() }))
    .output(mutedRoom)
    .mutation(({ ctx, input: { roomId, until } }) =>
      muteRoom(ctx.deps, { roomId, until, username: ctx.session.username }),
    ),

  /**
   * Turns on notifications of a room.
   * @throws `NOT_A_MEMBER`
   */
  unmute: memberProcedure
    .output(mutedRoom)
    .mutation(({ ctx, input: { roomId } }) =>
      muteRoom(ctx.deps, { roomId, until: null, username: ctx.session.username }),
    ),

  /**
   * The 1,000 members of a room who joined first, in order of joining; `chat.members` lists all of them. Every user may list those of a
   * public room, only members those of a private one.
   * @throws `ROOM_NOT_FOUND`, `NOT_A_MEMBER`
   */
  listMembers: roomProcedure
    .output(members)
    .query(({ ctx, input, signal }) =>
      listMembers(ctx.deps, { roomId: input.roomId, username: ctx.session.username, signal }),
    ),

  /**
   * Sends a message to a room: at most 16,384 characters, trimmed; with up to 10 `attachments`, ids of files that the caller has uploaded for the
   * room, it may be empty. Messages are held in memory for a limited time; in a kept room, one is
   * on disk when the call returns. As long as it is there, repeating its `clientId` returns it again. `mentions` are members named with `@`,
   * `mentionsRoom` says that an owner or moderator mentioned everyone with `@room`.
   * @throws `NOT_A_MEMBER`, `MESSAGE_NOT_FOUND` for `replyTo`, `FILE_NOT_FOUND`, `CLIENT_ID_REUSED`, `SLOW_MODE` before the room lets the caller send
   * another one, `TOO_MANY_REQUESTS` beyond 600 messages a minute
   */
  sendMessage: memberProcedure
    .meta({ repeat: 'again' })
    .input(
      z
        .object({
          text: roomTextOrNone,
          attachments: attachmentIds.optional(),
          replyTo: messageId.optional(),
          clientId: clientIdText.optional(),
        })
        .refine(hasContent, noContent),
    )
    .output(message)
    .mutation(({ ctx, input: { roomId, text, attachments, replyTo, clientId: given } }) =>
      sendOnce(ctx, given, (clientId) =>
        sendRoomMessage(ctx.deps, {
          roomId,
          text,
          replyTo,
          clientId,
          username: ctx.session.username,
          files: attachments,
        }),
      ),
    ),

  /**
   * The messages of a room that are still held, oldest first; with `after`, the id of a message, only newer ones. Of more
   * than 1 MB only the newest, and of a kept room as many as the server holds of all others (100 unless it is configured otherwise).
   * @throws `NOT_A_MEMBER`
   */
  listMessages: memberProcedure
    .input(z.object({ after: messageId.optional() }))
    .output(messages)
    .query(({ ctx, input: { roomId, after } }) =>
      listRoomMessages(ctx.deps, { roomId, after, username: ctx.session.username }),
    ),

  /**
   * Messages of a room, oldest first: the newest, or those next to the id `before`, `after` or `around`, of which one may be given;
   * `limit` is 50 by default, at most 200. A page may hold fewer than `limit`. `chat.onMessage` continues from `position`.
   * @throws `NOT_A_MEMBER`
   */
  history: memberProcedure
    .input(
      z
        .object({
          before: messageId.optional(),
          after: messageId.optional(),
          around: messageId.optional(),
          limit: z.number().int().min(1).max(200).default(50),
        })
        .refine(
          ({ before, after, around }) => [before, after, around].filter((id) => id !== undefined).length <= 1,
          'only one of before, after and around may be given',
        ),
    )
    .output(historyPage)
    .query(({ ctx, input }) => listHistory(ctx.deps, { ...input, username: ctx.session.username })),

  /**
   * The messages that `chat.listMessages` gives, then new ones, each once and in the order of their ids. `edited`, `deleted` and
   * `reaction` tell of messages that have changed, and have ids of the same order. With `lastEventId`, the id of a message or an
   * event or a position, only what is newer; of changes of a message only the latest. A `gap` event comes first if some messages
   * or deletions are no longer held: list the messages again. A `pins` event says that other messages are pinned than before.
   * @throws `NOT_A_MEMBER`, `TOO_MANY_SUBSCRIPTIONS`, `TOO_MANY_REQUESTS`; later the reason it ended: `NOT_A_MEMBER`,
   * `ROOM_NOT_FOUND`, `UNAUTHORIZED`
   */
  onMessage: memberProcedure
    .input(z.object({ lastEventId: roomPosition.optional() }))
    .output(messageEvents)
    .subscription(async ({ ctx, input, signal }) =>
      deliver<RoomEvent, RoomEphemeralEvent>(
        ctx,
        await followRoomMessages(ctx.deps, { ...input, ...subscriber(ctx, signal) }),
      ),
    ),

  /**
   * Who is present and who is typing: first the current state, then changes. The client's `applyPresence` applies them.
   * @throws as `chat.onMessage`
   */
  onPresence: memberProcedure
    .output(presenceEvents)
    .subscription(async ({ ctx, input, signal }) =>
      deliver<never, PresenceEvent>(
        ctx,
        await followPresence(ctx.deps, { roomId: input.roomId, ...subscriber(ctx, signal) }),
      ),
    ),

  /**
   * Tells the room that the caller is typing. It expires after 6 s, so repeat it while typing continues.
   * @throws `NOT_A_MEMBER`
   */
  setTyping: memberProcedure
    .meta({ repeat: 'again' })
    .input(z.object({ isTyping: z.boolean() }))
    .output(z.void())
    .mutation(({ ctx, input }) => setTyping(ctx.deps, { ...input, username: ctx.session.username })),
};

/** Named, so that the declaration of the router refers to them with their comments. */
type ChatProcedures = typeof roomProcedures &
  typeof roomMessageChanges &
  typeof roomPins &
  typeof roomPeople &
  typeof roomSearch;

export const chatRouter: ReturnType<typeof router<ChatProcedures>> = router<ChatProcedures>({
  ...roomProcedures,
  ...roomMessageChanges,
  ...roomPins,
  ...roomPeople,
  ...roomSearch,
});
