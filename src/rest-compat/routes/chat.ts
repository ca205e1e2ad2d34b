import { z } from 'zod';
import { AppError } from '../../server/errors.ts';
import { roomName, roomPassword, roomText } from '../../server/text.ts';
import { flag, passwordIfPrivate, privateRoomPassword, roomId } from '../fields.ts';
import { epochTime, id } from '../outputs.ts';
import { defineRoute, type LegacyError } from '../route.ts';
import { epochSeconds } from '../wire.ts';

const relogin = [401, 'invalid token, please re-login'] as const;

/** These routes counted the token among the fields: its absence is a 400. */
const tokenIsAField = (text: string) => {
  const reply: LegacyError = [400, text];
  return { token: 'header', noToken: reply, badInput: reply } as const;
};

export const chatRoutes = [
  defineRoute({
    operationId: 'createRoom',
    tag: 'rooms',
    method: 'post',
    path: '/api/create_room',
    summary: 'Make a room',
    ...tokenIsAField('invalid fields received'),
    input: z
      .object({ room_name: roomName, is_private: flag, password: passwordIfPrivate })
      .transform((fields, context) => ({
        name: fields.room_name,
        password: privateRoomPassword(fields, context),
      })),
    output: z.object({ message: z.string(), room_id: id }),
    status: 201,
    errors: {
      PUBLIC_ROOM_LIMIT: [
        400,
        'maximum number of public rooms reached ({maxPublicRooms}). Please create a private room to continue the conversation with the people you would like to',
      ],
    },
    refusals: ['ROOM_NAME_TAKEN', 'PUBLIC_ROOM_LIMIT'],
    async run(api, input) {
      const room = await api.chat.createRoom(input);
      return { message: `room "${room.name}" created`, room_id: room.id };
    },
  }),

  defineRoute({
    operationId: 'joinRoom',
    tag: 'rooms',
    method: 'post',
    path: '/api/join_room',
    summary: 'Join a room by its name',
    ...tokenIsAField('missing room name or token'),
    input: z.object({ name: roomName, password: roomPassword.optional() }),
    output: z.object({ message: z.string(), room_id: id, room_name: z.string() }),
    refusals: ['ROOM_NOT_FOUND', 'PASSWORD_REQUIRED', 'WRONG_PASSWORD'],
    async run(api, input) {
      const room = await api.chat.joinRoom(input);
      const { username } = await api.auth.me();
      return { message: `${username} joined room "${room.name}"`, room_id: room.id, room_name: room.name };
    },
  }),

  defineRoute({
    operationId: 'sendRoomMessage',
    tag: 'rooms',
    method: 'post',
    path: '/api/send_room_message',
    summary: 'Send a message to a room you are in',
    ...tokenIsAField('missing fields'),
    input: z.object({ room_id: roomId, message: roomText }),
    output: z.object({ message: z.literal('sent') }),
    refusals: ['NOT_A_MEMBER'],
    async run(api, { room_id, message }) {
      await api.chat.sendMessage({ roomId: room_id, text: message });
      return { message: 'sent' as const };
    },
  }),

  defineRoute({
    operationId: 'listRoomMessages',
    tag: 'rooms',
    method: 'get',
    path: '/api/get_room_messages',
    summary: 'The messages still held of a room you are in, oldest first',
    ...tokenIsAField('missing token or room id'),
    input: z.object({ room_id: roomId }),
    output: z.object({
      messages: z.array(
        z.object({
          created_at: epochTime,
          message: z.string(),
          room_id: id,
          username: z.string(),
        }),
      ),
    }),
    refusals: ['NOT_A_MEMBER'],
    async run(api, { room_id }) {
      const messages = await api.chat.listMessages({ roomId: room_id });
      return {
        messages: messages.map(({ createdAt, text, roomId, username }) => ({
          created_at: epochSeconds(createdAt),
          message: text,
          room_id: roomId,
          username,
        })),
      };
    },
  }),

  defineRoute({
    operationId: 'listPublicRooms',
    tag: 'rooms',
    method: 'get',
    path: '/api/rooms',
    summary: 'The public rooms, and which of them you are in',
    token: 'header',
    noToken: [400, 'missing token'],
    input: z.object({}),
    output: z.object({
      rooms: z.array(z.object({ joined: z.boolean(), name: z.string(), room_id: id })),
    }),
    refusals: [],
    async run(api) {
      const rooms = await api.chat.listPublicRooms();
      return { rooms: rooms.map(({ id, name, joined }) => ({ joined, name, room_id: id })) };
    },
  }),

  defineRoute({
    operationId: 'listJoinedRooms',
    tag: 'rooms',
    method: 'get',
    path: '/api/user_rooms',
    summary: 'The rooms you are in, in the order in which you joined them',
    token: 'header',
    noToken: relogin,
    input: z.object({}),
    output: z.object({
      rooms: z.array(
        z.object({
          is_private: z.union([z.literal(0), z.literal(1)]),
          name: z.string(),
          room_id: id,
        }),
      ),
    }),
    refusals: [],
    async run(api) {
      const rooms = await api.chat.listJoinedRooms();
      return {
        rooms: rooms.map(({ id, name, isPrivate }) => ({
          is_private: isPrivate ? (1 as const) : (0 as const),
          name,
          room_id: id,
        })),
      };
    },
  }),

  defineRoute({
    operationId: 'listRoomMembers',
    tag: 'rooms',
    method: 'get',
    path: '/api/room_members/{room_id}',
    pattern: /^\/api\/room_members\/(?<room_id>\d+)$/,
    summary: 'Who is in a room, in the order in which they joined',
    token: 'header',
    noToken: relogin,
    badInput: [404, 'no members in this room'],
    input: z.object({ room_id: roomId }),
    output: z.object({ members: z.array(z.string()) }),
    errors: { ROOM_NOT_FOUND: [404, 'no members in this room'] },
    refusals: ['ROOM_NOT_FOUND', 'NOT_A_MEMBER'],
    async run(api, { room_id }) {
      const members = await api.chat.listMembers({ roomId: room_id });
      if (members.length === 0) throw new AppError('ROOM_NOT_FOUND'); // everybody has left; the original said the same of both
      return { members: members.map(({ username }) => username) };
    },
  }),
];
