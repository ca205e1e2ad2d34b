import type { OperationExamples } from './example.ts';

export const sendInboxMessage: OperationExamples = {
  successes: {
    toBob: {
      summary: 'To another user',
      after: ['ada', 'bob'],
      as: 'ada',
      fields: { recipient: 'bob', message: 'psst' },
      response: { message: 'message sent' },
    },
  },
  refusals: {
    RECIPIENT_NOT_FOUND: { after: ['ada'], as: 'ada', fields: { recipient: 'nobody', message: 'psst' } },
    TOO_MANY_REQUESTS: {
      after: ['ada', 'allMessages'],
      as: 'ada',
      fields: { recipient: 'ada', message: 'one more' },
    },
  },
};

export const listInboxMessages: OperationExamples = {
  successes: {
    one: {
      summary: 'The sender has no avatar, so the default one is shown',
      after: ['ada', 'bob', 'bobWrites'],
      as: 'ada',
      response: {
        messages: [
          {
            avatar_url: 'https://i.pinimg.com/736x/20/da/fa/20dafa83d38f2277472e132bf1f21c22.jpg',
            created_at: '2026-11-21 13:46:25',
            id: 1,
            message: 'psst',
            recipient: 'ada',
            sender: 'bob',
          },
        ],
      },
    },
    none: { summary: 'Empty inbox', after: ['ada'], as: 'ada', response: { messages: [] } },
  },
};

export const deleteInboxMessage: OperationExamples = {
  successes: {
    byRecipient: {
      summary: 'By the recipient',
      after: ['ada', 'bob', 'bobWrites'],
      as: 'ada',
      fields: { message_id: 1 },
      response: { message: 'message deleted successfully' },
    },
  },
  refusals: { MESSAGE_NOT_FOUND: { after: ['ada'], as: 'ada', fields: { message_id: 1 } } },
};

export const countInboxMessages: OperationExamples = {
  successes: {
    one: {
      summary: 'Read and unread messages',
      after: ['ada', 'bob', 'bobWrites'],
      as: 'ada',
      response: { inbox_count: 1 },
    },
  },
};
