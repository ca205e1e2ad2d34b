import { z } from 'zod';
import { rowId, searchQuery } from '../core/validation.ts';
import { searchRooms } from '../services/rooms/search-rooms.ts';
import { roomSearchPage } from './outputs/chat.ts';
import { authedProcedure } from './trpc.ts';

const maxHits = 100;

/** The procedure of `chat` that searches. */
export const roomSearch = {
  /**
   * Messages with all words of `query` in them, whole or as parts of words, newest first: of one room, or of all that the caller is
   * in now. Of kept rooms all messages, of others those that are still held. Case, accents and punctuation do not matter. `ranges` are in
   * UTF-16 units of the text; `limit` is 20 by default, at most 100. A page may hold fewer; the last one has no `nextCursor`.
   * @throws `NOT_A_MEMBER`, `TOO_MANY_REQUESTS` beyond 300 searches a minute, those of the inbox included
   */
  search: authedProcedure
    .input(
      z.object({
        query: searchQuery,
        roomId: rowId.optional(),
        limit: z.number().int().min(1).max(maxHits).default(20),
        cursor: z
          .string()
          .max(200)
          .nullish()
          .transform((cursor) => cursor ?? undefined),
      }),
    )
    .output(roomSearchPage)
    .query(({ ctx, input, signal }) => searchRooms(ctx.deps, ctx.session.username, { ...input, signal })),
};
