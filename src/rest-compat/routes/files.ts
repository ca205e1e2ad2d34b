import { z } from 'zod';
import { roomId } from '../fields.ts';
import { confirmation, fileUrl } from '../outputs.ts';
import { defineFileRoute } from '../route.ts';

// The contract says no more than that the front end posts `file` and `room_id` here, and sends `[File] <url>` afterwards. Assumed are the
// order and the texts of the other room paths: the token is in `Authorization`, and one that is missing is a missing field. The status
// is the 200 of the original; the front end looks at `file_url`, or shows `error`.
const missingFields = [400, 'missing fields'] as const;

export const fileRoutes = [
  defineFileRoute({
    operationId: 'uploadFile',
    tag: 'rooms',
    method: 'post',
    path: '/api/upload_file',
    summary: 'Upload a file for a room',
    description:
      'You must be a member. Nobody sees the file until you send a message to the room with `file_url` in it, bare or after `[File] `: the file is then attached to that message, and its URL removed from the text. A file that is not attached within an hour is deleted. The URL can be read without a token and expires; messages have a new one each time that they are listed.',
    token: 'header',
    noToken: missingFields,
    badInput: missingFields,
    fields: z.object({ room_id: roomId.meta({ description: 'Id of the room' }) }),
    file: 'The file, with its name',
    output: z.object({ message: confirmation('file uploaded successfully'), file_url: fileUrl }),
    errors: {
      INVALID_INPUT: missingFields,
      WRONG_CONTENT_TYPE: [415, 'the content type must be multipart/form-data with a boundary'],
      FILE_TOO_LARGE: [413, 'the file is too large'],
      FILE_TYPE_NOT_ALLOWED: [415, 'files of this type are not allowed'],
      FILE_QUOTA: [413, 'there is no room left for your files'],
      STORAGE_FULL: [507, 'the server has no room for more files'],
      FILES_OFF: [403, 'this server takes no files'],
      TOO_MANY_UPLOADS: [429, 'too many uploads at a time'],
      TOO_SLOW: [408, 'the upload is too slow'],
    },
    refusals: [
      'NOT_A_MEMBER',
      'FILE_TOO_LARGE',
      'FILE_TYPE_NOT_ALLOWED',
      'FILE_QUOTA',
      'STORAGE_FULL',
      'FILES_OFF',
      'TOO_MANY_UPLOADS',
      'TOO_SLOW',
    ],
    repeat: 'again',
    run: async (_api, { file }, links) => ({
      message: 'file uploaded successfully' as const,
      file_url: links.absolute(file.url),
    }),
  }),
];
