import { z } from 'zod';
import { AppError } from '../../server/core/errors.ts';
import { mapSlices } from '../../server/core/slices.ts';
import { roomName, roomPassword, roomText } from '../../server/core/validation.ts';
import { flag, passwordIfPrivate, privateRoomPassword, roomId, visible } from '../fields.ts';
import {
  confirmation,
  joinedRoom,
  memberName,
  publicRoom,
  roomIdField,
  roomMessage,
  roomNameField,
} from '../outputs.ts';
import { defineListRoute, defineRoute, type LegacyError } from '../route.ts';
import { epochSeconds } from '../wire.ts';

const relogin = [401, 'invalid token, please re-login'] as const;

/** These routes treat the token as a field: a missing token is a 400. */
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
    summary: 'Create a room',
    description:
      'You become its first member. A private room needs a password. The number of public rooms is limited.',
    ...tokenIsAField('invalid fields received'),
    input: z
      .object({
        room_name: visible(roomName).meta({ description: 'Name of the new room' }),
        is_private: flag.meta({
          description: 'Whether joining requires a password; numbers and digits are accepted too',
        }),
        password: passwordIfPrivate,
      })
      .transform((fields, context) => ({
        name: fields.room_name,
        password: privateRoomPassword(fields, context),
      })),
    output: z.object({
      message: z.string().meta({ description: 'Confirms success and names the room' }),
      room_id: roomIdField,
    }),
    status: 201,
    errors: {
      PUBLIC_ROOM_LIMIT: [
        400,
        'maximum number of public rooms reached ({maxPublicRooms}). Please create a private room to continue the conversation with the people you would like to',
      ],
    },
    refusals: ['ROOM_NAME_TAKEN', 'PUBLIC_ROOM_LIMIT', 'ROOM_LIMIT', 'MEMBERSHIP_LIMIT'],
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
    description: 'A private room requires its password, from members too. Joining again changes nothing.',
    ...tokenIsAField('missing room name or token'),
    input: z.object({
      name: roomName.meta({ description: 'Name of the room' }),
      password: roomPassword
        .optional()
        .meta({ description: 'Password of a private room; ignored for public rooms' }),
    }),
    output: z.object({
      message: z.string().meta({ description: 'Confirms success and names the user and the room' }),
      room_id: roomIdField,
      room_name: roomNameField,
    }),
    refusals: ['ROOM_NOT_FOUND', 'NOT_A_MEMBER', 'PASSWORD_REQUIRED', 'WRONG_PASSWORD', 'MEMBERSHIP_LIMIT'],
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
    summary: 'Send a message to a room',
    description:
      'You must be a member. The text is trimmed. URLs of files that you have uploaded for the room, bare or after `[File] `, are taken out of it, and the files attached.',
    ...tokenIsAField('missing fields'),
    input: z.object({
      room_id: roomId.meta({ description: 'Id of the room' }),
      message: roomText.meta({ description: 'Text of the message' }),
    }),
    output: z.object({ message: confirmation('sent') }),
    refusals: ['NOT_A_MEMBER', 'SLOW_MODE'],
    repeat: 'again',
    async run(api, { room_id, message }, links) {
      await links.send(message, { roomId: room_id }, ({ text, attachments }) =>
        api.chat.sendMessage({ roomId: room_id, text, attachments }),
      );
      return { message: 'sent' as const };
    },
  }),

  defineListRoute({
    operationId: 'listRoomMessages',
    tag: 'rooms',
    method: 'get',
    path: '/api/get_room_messages',
    summary: 'List the messages of a room',
    description:
      'You must be a member. The server keeps a limited number of recent messages; the oldest comes first.',
    ...tokenIsAField('missing token or room id'),
    input: z.object({ room_id: roomId.meta({ description: 'Id of the room' }) }),
    key: 'messages',
    listed: 'The messages, oldest first',
    row: roomMessage,
    refusals: ['NOT_A_MEMBER'],
    rows: async (lists, { room_id }, links) =>
      mapSlices(await lists.roomMessages(room_id), (message) => ({
        created_at: epochSeconds(message.createdAt),
        message: links.shown(message),
        room_id: message.roomId,
        username: message.username,
      })),
  }),

  defineListRoute({
    operationId: 'listPublicRooms',
    tag: 'rooms',
    method: 'get',
    path: '/api/rooms',
    summary: 'List the public rooms',
    description: 'Says for each room whether you are a member.',
    token: 'header',
    noToken: [400, 'missing token'],
    input: z.object({}),
    key: 'rooms',
    listed: 'The public rooms, by id',
    row: publicRoom,
    refusals: [],
    rows: async (lists) =>
      mapSlices(await lists.publicRooms(), ({ id, name, joined }) => ({ joined, name, room_id: id })),
  }),

  defineListRoute({
    operationId: 'listJoinedRooms',
    tag: 'rooms',
    method: 'get',
    path: '/api/user_rooms',
    summary: 'List your rooms',
    description: 'Lists the public and private rooms that you are a member of.',
    token: 'header',
    noToken: relogin,
    input: z.object({}),
    key: 'rooms',
    listed: 'The rooms, in the order in which you joined them',
    row: joinedRoom,
    refusals: [],
    rows: async (lists) =>
      mapSlices(await lists.joinedRooms(), ({ id, name, isPrivate }) => ({
        is_private: isPrivate ? (1 as const) : (0 as const),
        name,
        room_id: id,
      })),
  }),

  defineListRoute({
    operationId: 'listRoomMembers',
    tag: 'rooms',
    method: 'get',
    path: '/api/room_members/{room_id}',
    pattern: /^\/api\/room_members\/(?<room_id>\d+)$/,
    summary: 'List the members of a room',
    description: 'Any user may list the members of a public room, only members those of a private one.',
    token: 'header',
    noToken: relogin,
    // The pattern lets only digits through: anything else is an unknown path.
    badInput: [404, 'not found'],
    input: z.object({ room_id: roomId.meta({ description: 'Id of the room' }) }),
    key: 'members',
    listed: 'Names of the members, in the order in which they joined',
    row: memberName,
    errors: { ROOM_NOT_FOUND: [404, 'no members in this room'] },
    refusals: ['ROOM_NOT_FOUND', 'NOT_A_MEMBER'],
    rows: async (lists, { room_id }) => namesOf(await lists.members(room_id)),
  }),
];

/** An empty room is answered like an unknown one, as the original did. */
async function* namesOf(members: AsyncIterable<{ username: string }[]>): AsyncGenerator<string[], void> {
  let isEmpty = true;
  for await (const slice of members) {
    isEmpty = false;
    yield slice.map(({ username }) => username);
  }
  if (isEmpty) throw new AppError('ROOM_NOT_FOUND');
}
