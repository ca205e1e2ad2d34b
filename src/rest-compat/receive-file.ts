import type { IncomingMessage, ServerResponse } from 'node:http';
import type { z } from 'zod';
import type { Context } from '../server/api/context.ts';
import { sessionOf } from '../server/api/session.ts';
import { AppError } from '../server/core/errors.ts';
import { rowId } from '../server/core/validation.ts';
import { upload } from '../server/http/files/upload.ts';

/** The fields of a form besides its file. */
export type FormFields = z.ZodType<{ room_id: number }>;

/** The media type of a form with files. */
export const formType = 'multipart/form-data';

/** Throws 'WRONG_CONTENT_TYPE'. */
export function requireForm({ headers }: IncomingMessage): void {
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== formType) throw new AppError('WRONG_CONTENT_TYPE');
}

interface Receiving {
  req: IncomingMessage;
  res: ServerResponse;
  schema: FormFields;
  uploadKey: string | undefined;
}

/**
 * Receives a form, stores its file for the room that it names, and resolves to its fields. The session is verified first: what is
 * sent without one is not worth receiving. Throws what `upload` throws, and 'UNAUTHORIZED'.
 */
export async function receiveFile(context: Context, { req, res, schema, uploadKey }: Receiving) {
  const { deps } = context;
  const { username } = await sessionOf(context, 'chat.sendMessage', 'mutation');
  const { target, ...file } = await upload(
    deps,
    { req, res },
    {
      owner: username,
      fields: ['room_id'],
      // Unknown fields are ignored on all paths.
      ignoreOthers: true,
      targetOf(parts) {
        const { data } = schema.safeParse(parts);
        if (!data) throw new AppError('INVALID_INPUT');
        // As the schemas of procedures take ids, which no procedure does here.
        return { roomId: rowId.parse(data.room_id) };
      },
      uploadKey,
    },
  );
  return { file: deps.fileUrls.show(file, target) };
}
