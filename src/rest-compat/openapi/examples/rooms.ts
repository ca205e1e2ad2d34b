import type { ExampleRequest, OperationExamples } from './example.ts';

const hello = { room_id: 1, message: 'hello' };
const bobAtTheVault = { after: ['ada', 'bob', 'vault'], as: 'bob' } as const satisfies ExampleRequest;

export const createRoom: OperationExamples = {
  successes: {
    publicRoom: {
      summary: 'A public room',
      after: ['ada'],
      as: 'ada',
      fields: { room_name: 'general' },
      response: { message: 'room "general" created', room_id: 1 },
    },
    privateRoom: {
      summary: 'A private room',
      after: ['ada'],
      as: 'ada',
      fields: { room_name: 'vault', is_private: true, password: 'open sesame' },
      response: { message: 'room "vault" created', room_id: 1 },
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
      summary: 'A public room; any password is ignored',
      after: ['ada', 'bob', 'general'],
      as: 'bob',
      fields: { name: 'general' },
      response: { message: 'bob joined room "general"', room_id: 1, room_name: 'general' },
    },
    privateRoom: {
      ...bobAtTheVault,
      summary: 'A private room',
      fields: { name: 'vault', password: 'open sesame' },
      response: { message: 'bob joined room "vault"', room_id: 1, room_name: 'vault' },
    },
  },
  refusals: {
    ROOM_NOT_FOUND: { after: ['bob'], as: 'bob', fields: { name: 'nowhere' } },
    NOT_A_MEMBER: { after: ['ada', 'bob', 'vault', 'adaBansBob'], as: 'bob', fields: { name: 'vault' } },
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
      summary: 'To a joined room',
      after: ['ada', 'general'],
      as: 'ada',
      fields: hello,
      response: { message: 'sent' },
    },
  },
  refusals: {
    NOT_A_MEMBER: { after: ['ada', 'bob', 'general'], as: 'bob', fields: hello },
    SLOW_MODE: {
      after: ['ada', 'bob', 'general', 'bobJoins', 'slowMode', 'bobSpeaks'],
      as: 'bob',
      fields: hello,
    },
    TOO_MANY_REQUESTS: { after: ['ada', 'general', 'allMessages'], as: 'ada', fields: hello },
  },
};

export const listRoomMessages: OperationExamples = {
  successes: {
    one: {
      summary: 'One message',
      after: ['ada', 'general', 'adaSpeaks'],
      as: 'ada',
      fields: { room_id: 1 },
      response: {
        messages: [{ created_at: 1795268785.123, message: 'hello', room_id: 1, username: 'ada' }],
      },
    },
  },
  refusals: { NOT_A_MEMBER: { after: ['ada', 'bob', 'general'], as: 'bob', fields: { room_id: 1 } } },
};

export const listPublicRooms: OperationExamples = {
  successes: {
    one: {
      summary: 'Private rooms are not listed',
      after: ['ada', 'bob', 'general', 'vault'],
      as: 'bob',
      response: { rooms: [{ joined: false, name: 'general', room_id: 1 }] },
    },
  },
};

export const listJoinedRooms: OperationExamples = {
  successes: {
    two: {
      summary: 'A public and a private room',
      after: ['ada', 'general', 'vault'],
      as: 'ada',
      response: {
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
      summary: 'Any user may list the members of a public room',
      after: ['ada', 'bob', 'general', 'bobJoins'],
      as: 'ada',
      fields: { room_id: 1 },
      response: { members: ['ada', 'bob'] },
    },
  },
  refusals: {
    BAD_INPUT: { fields: { room_id: 'abc' } },
    ROOM_NOT_FOUND: { after: ['ada'], as: 'ada', fields: { room_id: 1 } },
    NOT_A_MEMBER: { ...bobAtTheVault, fields: { room_id: 1 } },
  },
};
