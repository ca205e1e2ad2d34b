import type { OperationExamples } from './example.ts';

const ada = { username: 'ada', email: 'ada@example.com', password: 'password of ada' };
const words = '{{repeat:word :501}}';

export const register: OperationExamples = {
  successes: {
    plain: { summary: 'Required fields', fields: ada, response: { message: 'Welcome to MIRAGE' } },
    whole: {
      summary: 'All fields',
      fields: { ...ada, avatar_url: 'https://example.com/ada.png', description: 'Writes programs.' },
      response: { message: 'Welcome to MIRAGE' },
    },
  },
  refusals: {
    USERNAME_TAKEN: { after: ['ada'], fields: { ...ada, email: 'another@example.com' } },
    EMAIL_TAKEN: { after: ['ada'], fields: { ...ada, username: 'another' } },
    DESCRIPTION_TOO_LONG: { fields: { ...ada, description: words } },
    TOO_MANY_REQUESTS: { after: ['allAccounts'], fields: ada },
  },
};

export const login: OperationExamples = {
  successes: {
    ada: {
      summary: 'A new session; others stay open',
      after: ['ada'],
      fields: { username: 'ada', password: 'password of ada' },
      response: { token: '5vXVQcS4BdSYPkDZKYCD4gRfLUqgqvBqGZtyKGbNLTk', username: 'ada' },
    },
  },
  refusals: {
    USER_NOT_FOUND: { fields: { username: 'nobody', password: 'x' } },
    WRONG_PASSWORD: { after: ['ada'], fields: { username: 'ada', password: 'guess' } },
    TOO_MANY_REQUESTS: {
      after: ['ada', 'allLogins'],
      fields: { username: 'ada', password: 'password of ada' },
    },
  },
};

export const logout: OperationExamples = {
  successes: {
    ada: {
      summary: 'The token becomes invalid',
      after: ['ada'],
      fields: { token: '{{ada}}' },
      response: { message: 'logged out successfully' },
    },
  },
  refusals: { BAD_INPUT: { fields: { token: 7 } } },
};
