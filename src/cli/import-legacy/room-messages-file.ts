import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { CommandError, messageOf } from '../failure.ts';

/** Far more than a hundred of the longest messages that the original accepted in practice. */
const maxFileBytes = 64 * 1024 * 1024;

/** A number written with a decimal point or an exponent, which JSON.parse would not distinguish from an integer. */
const fraction = z.object({ fraction: z.number() });

const entry = z.object({
  username: z.string(),
  message: z.string(),
  created_at: z.union([z.number(), fraction.transform((value) => value.fraction)]),
  room_id: z.union([z.number(), z.string(), fraction.transform(() => 'a fraction')]),
});

export interface LegacyRoomMessage {
  username: string;
  message: string;
  createdAtMs: number;
  /** Undefined if the original could not return the message to any reader. */
  roomId: number | undefined;
}

/** The entries of a `messages.txt`, undefined for each invalid one. Throws a CommandError if the file is not a list. */
export function readRoomMessages(path: string): (LegacyRoomMessage | undefined)[] {
  const list = parse(path, readText(path));
  if (!Array.isArray(list))
    throw new CommandError(`${path} is not a messages.txt of the original: not a list`);
  return list.map((item) => {
    const { data } = entry.safeParse(item);
    return (
      data && {
        username: data.username,
        message: data.message,
        createdAtMs: data.created_at * 1000,
        roomId: readableRoom(data.room_id),
      }
    );
  });
}

function readText(path: string): string {
  try {
    if (statSync(path).size > maxFileBytes) throw new CommandError(`${path} is too large for a messages.txt`);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(`cannot read ${path}: ${messageOf(error)}`);
  }
}

const tokens = /"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function parse(path: string, text: string): unknown {
  const marked = text.replace(tokens, (token) => {
    if (token.startsWith('"')) return token;
    if (/[NI]/.test(token)) return 'null'; // Python writes NaN and Infinity, which are not JSON
    return /[.eE]/.test(token) ? `{"fraction":${token}}` : token;
  });
  try {
    return JSON.parse(marked);
  } catch {
    throw new CommandError(`${path} is not a messages.txt of the original, or is truncated: not valid JSON`);
  }
}

/** The original looked room ids up by the exact digits of the request. */
function readableRoom(roomId: number | string): number | undefined {
  const id = Number(roomId);
  return Number.isSafeInteger(id) && String(id) === String(roomId) ? id : undefined;
}
