import { z } from 'zod';
import { maxRowId } from '../server/core/validation.ts';

// Parts of responses. `id` in the metadata names a schema in the OpenAPI document; `x-varies` marks values that differ
// each time, so that examples show only their form.

/** There are at most as many rows as ids. */
export const id = z.number().int().min(1).max(maxRowId);

export const count = z.number().int().min(0).max(maxRowId);

/** Names of users and rooms. */
const name = z.string().meta({ minLength: 1, maxLength: 100 });

export const sessionToken = z.string().meta({
  description: 'Token of the new session, for the `Authorization` header',
  pattern: '^[A-Za-z0-9_-]{43}$',
  minLength: 43,
  maxLength: 43,
  'x-varies': true,
});

/** The only text that a successful request returns. */
export const confirmation = <Text extends string>(text: Text) =>
  z.literal(text).meta({ description: 'Confirms success' });

/** Formatted by `sqlTime`. */
const utcTime = (description: string) =>
  z.string().meta({
    description: `${description}, in UTC`,
    pattern: '^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}$',
    minLength: 19,
    maxLength: 19,
    'x-varies': true,
  });

/** Computed by `epochSeconds`. */
const epochTime = z.number().positive().meta({
  description: 'When the message was sent: seconds since 1970 with a fraction',
  'x-varies': true,
});

/** Made by `FileLinks`. */
export const fileUrl = z.string().meta({
  description: 'Absolute URL of the file, for a while',
  pattern: '^https?://\\S+/files/\\S+$',
  'x-varies': true,
});

/** Text with the links that `FileLinks` adds. */
const messageText = z.string().meta({
  description: 'Text of the message, then a line `[File] ` and a URL for each of its files',
});

export const roomIdField = id.meta({ description: 'Id of the room' });
export const roomNameField = name.meta({ description: 'Name of the room' });
export const memberName = name.meta({ description: 'Name of a member' });

export const profile = z
  .object({
    username: name.meta({ description: 'Name of the user' }),
    avatar_url: z.string().meta({
      description: 'URL of the avatar; empty if the user has none',
      maxLength: 2048,
    }),
    description: z.string().meta({ description: 'What the user wrote about themselves; may be empty' }),
    created_at: utcTime('When the account was created'),
  })
  .meta({ id: 'User', description: 'Public profile of a user' });

export const inboxMessage = z
  .object({
    avatar_url: z.string().meta({
      description: 'URL of the sender’s current avatar, or of the default one',
      maxLength: 2048,
    }),
    created_at: utcTime('When the message was sent'),
    id: id.meta({ description: 'Id of the message' }),
    message: messageText,
    recipient: name.meta({ description: 'Name of the recipient' }),
    sender: name.meta({ description: 'Name of the sender' }),
  })
  .meta({ id: 'InboxMessage', description: 'A private message' });

export const roomMessage = z
  .object({
    created_at: epochTime,
    message: messageText,
    room_id: roomIdField,
    username: name.meta({ description: 'Name of the sender' }),
  })
  .meta({ id: 'Message', description: 'A message in a room' });

export const publicRoom = z
  .object({
    joined: z.boolean().meta({ description: 'Whether you are a member' }),
    name: roomNameField,
    room_id: roomIdField,
  })
  .meta({ id: 'Room', description: 'A public room' });

export const joinedRoom = z
  .object({
    is_private: z.literal([0, 1]).meta({ description: '1 if joining requires a password', type: 'integer' }),
    name: roomNameField,
    room_id: roomIdField,
  })
  .meta({ id: 'JoinedRoom', description: 'A room that you are a member of' });
