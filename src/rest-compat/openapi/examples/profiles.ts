import type { OperationExamples } from './example.ts';

export const ping: OperationExamples = {
  successes: { pong: { summary: 'The server is up', response: { message: 'pong' } } },
};

export const countUsers: OperationExamples = {
  successes: { two: { summary: 'Plain digits', after: ['ada', 'bob'], response: '2' } },
};

export const getUser: OperationExamples = {
  successes: {
    ada: {
      summary: 'A user without an avatar',
      after: ['ada'],
      fields: { username: 'ada' },
      response: { username: 'ada', avatar_url: '', description: '', created_at: '2026-11-21 13:46:25' },
    },
  },
  refusals: {
    USER_NOT_FOUND: { fields: { username: 'nobody' } },
    BAD_INPUT: { fields: { username: '{{repeat:x:101}}' } },
  },
};

export const updateSettings: OperationExamples = {
  successes: {
    profile: {
      summary: 'Missing fields stay unchanged',
      after: ['ada'],
      as: 'ada',
      fields: { avatar_url: 'https://example.com/ada.png', description: 'Writes programs.' },
      response: { message: 'settings updated' },
    },
    password: {
      summary: 'A new password ends the other sessions',
      after: ['ada'],
      as: 'ada',
      fields: { password: 'a new password' },
      response: { message: 'settings updated' },
    },
  },
  refusals: {
    BAD_INPUT: { after: ['ada'], as: 'ada', fields: { email: 7 } },
    DESCRIPTION_TOO_LONG: {
      after: ['ada'],
      as: 'ada',
      fields: { description: '{{repeat:word :501}}' },
    },
    EMAIL_TAKEN: { after: ['ada', 'bob'], as: 'ada', fields: { email: 'bob@example.com' } },
  },
};
