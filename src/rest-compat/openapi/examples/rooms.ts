import type { OperationExamples, Question } from './example.ts';

const hello = { room_id: 1, message: 'hello' };
const bobAtTheVault = { after: ['ada', 'bob', 'vault'], as: 'bob' } as const satisfies Question;

export const createRoom: OperationExamples = {
  successes: {
    publicRoom: {
      summary: 'For everybody',
      after: ['ada'],
      as: 'ada',
      fields: { room_name: 'general' },
      gives: { message: 'room "general" created', room_id: 1 },
    },
    privateRoom: {
      summary: 'For whoever knows the password',
      after: ['ada'],
      as: 'ada',
      fields: { room_name: 'vault', is_private: true, password: 'open sesame' },
      gives: { message: 'room "vault" created', room_id: 1 },
    },
  },
  refusals: {
    ROOM_NAME_TAKEN: { after: ['ada', 'general'], as: 'ada', fields: { room_name: 'general' } },
    PUBLIC_ROOM_LIMIT: { after: ['ada', 'allRooms'], as: 'ada', fields: { room_name: 'one more' } },
  },
};

export const joinRoom: OperationExamples = {
  successes: {
    publicRoom: {
      summary: 'A public room; its password, if one is sent, is not read',
      after: ['ada', 'bob', 'general'],
      as: 'bob',
      fields: { name: 'general' },
      gives: { message: 'bob joined room "general"', room_id: 1, room_name: 'general' },
    },
    privateRoom: {
      ...bobAtTheVault,
      summary: 'A private room',
      fields: { name: 'vault', password: 'open sesame' },
      gives: { message: 'bob joined room "vault"', room_id: 1, room_name: 'vault' },
    },
  },
  refusals: {
    ROOM_NOT_FOUND: { after: ['bob'], as: 'bob', fields: { name: 'nowhere' } },
    PASSWORD_REQUIRED: { ...bobAtTheVault, fields: { name: 'vault' } },
    WRONG_PASSWORD: { ...bobAtTheVault, fields: { name: 'vault', password: 'guess' } },
    TOO_MANY_REQUESTS: {
      after: ['ada', 'bob', 'vault', 'allGuesses'],
      as: 'bob',
      fields: { name: 'vault', password: 'open sesame' },
    },
  },
};

export const sendRoomMessage: OperationExamples = {
  successes: {
    hello: {
      summary: 'To a room one is in',
      after: ['ada', 'general'],
      as: 'ada',
      fields: hello,
      gives: { message: 'sent' },
    },
  },
  refusals: {
    NOT_A_MEMBER: { after: ['ada', 'bob', 'general'], as: 'bob', fields: hello },
    TOO_MANY_REQUESTS: { after: ['ada', 'general', 'allMessages'], as: 'ada', fields: hello },
  },
};

export const listRoomMessages: OperationExamples = {
  successes: {
    one: {
      summary: 'What has been said',
      after: ['ada', 'general', 'adaSpeaks'],
      as: 'ada',
      fields: { room_id: 1 },
      gives: {
        messages: [{ created_at: 1795268785.123, message: 'hello', room_id: 1, username: 'ada' }],
      },
    },
  },
  refusals: { NOT_A_MEMBER: { after: ['ada', 'bob', 'general'], as: 'bob', fields: { room_id: 1 } } },
};

export const listPublicRooms: OperationExamples = {
  successes: {
    one: {
      summary: 'Private rooms are not among them',
      after: ['ada', 'bob', 'general', 'vault'],
      as: 'bob',
      gives: { rooms: [{ joined: false, name: 'general', room_id: 1 }] },
    },
  },
};

export const listJoinedRooms: OperationExamples = {
  successes: {
    two: {
      summary: 'Public and private ones',
      after: ['ada', 'general', 'vault'],
      as: 'ada',
      gives: {
        rooms: [
          { is_private: 0, name: 'general', room_id: 1 },
          { is_private: 1, name: 'vault', room_id: 2 },
        ],
      },
    },
  },
};

export const listRoomMembers: OperationExamples = {
  successes: {
    two: {
      summary: 'Of a public room, anybody may ask',
      after: ['ada', 'bob', 'general', 'bobJoins'],
      as: 'ada',
      fields: { room_id: 1 },
      gives: { members: ['ada', 'bob'] },
    },
  },
  refusals: {
    ROOM_NOT_FOUND: { after: ['ada'], as: 'ada', fields: { room_id: 1 } },
    NOT_A_MEMBER: { ...bobAtTheVault, fields: { room_id: 1 } },
  },
};
