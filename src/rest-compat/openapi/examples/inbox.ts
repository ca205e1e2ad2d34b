import type { OperationExamples } from './example.ts';

export const sendInboxMessage: OperationExamples = {
  successes: {
    toBob: {
      summary: 'To somebody',
      after: ['ada', 'bob'],
      as: 'ada',
      fields: { recipient: 'bob', message: 'psst' },
      gives: { message: 'message sent' },
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
      summary: 'A message from somebody without an avatar, who is shown with a usual one',
      after: ['ada', 'bob', 'letter'],
      as: 'ada',
      gives: {
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
    none: { summary: 'Nothing yet', after: ['ada'], as: 'ada', gives: { messages: [] } },
  },
};

export const deleteInboxMessage: OperationExamples = {
  successes: {
    byRecipient: {
      summary: 'By the one who received it',
      after: ['ada', 'bob', 'letter'],
      as: 'ada',
      fields: { message_id: 1 },
      gives: { message: 'message deleted successfully' },
    },
  },
  refusals: { MESSAGE_NOT_FOUND: { after: ['ada'], as: 'ada', fields: { message_id: 1 } } },
};

export const countInboxMessages: OperationExamples = {
  successes: {
    one: {
      summary: 'Read or not',
      after: ['ada', 'bob', 'letter'],
      as: 'ada',
      gives: { inbox_count: 1 },
    },
  },
};
