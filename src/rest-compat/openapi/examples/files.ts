import type { OperationExamples } from './example.ts';

const hello = { file: 'hello', room_id: 1 };

export const uploadFile: OperationExamples = {
  successes: {
    text: {
      summary: 'A text file',
      after: ['ada', 'general'],
      as: 'ada',
      fields: hello,
      response: {
        message: 'file uploaded successfully',
        file_url:
          'http://127.0.0.1:5000/files/mUbU9b8rPXpXlG8uvKQYTg/notes.txt?expires=1795273200&signature=3zCR7c4U2b8EHuE3EhJSHyC2AJ-GdcS3Dtu9pcYkB6w',
      },
    },
  },
  refusals: {
    BAD_INPUT: { after: ['ada'], as: 'ada', fields: { file: 'hello' } },
    NOT_A_MEMBER: { after: ['ada', 'bob', 'general'], as: 'bob', fields: hello },
    FILE_TOO_LARGE: {
      after: ['ada', 'general'],
      as: 'ada',
      fields: { file: `{{repeat: :${24 * 1024 * 1024 + 1}}}`, room_id: 1 },
    },
    TOO_MANY_REQUESTS: { after: ['ada', 'general', 'allFiles'], as: 'ada', fields: hello },
  },
};
