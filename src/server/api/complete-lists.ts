import { rowId } from '../core/validation.ts';
import { inboxSlices } from '../services/inbox/list-messages.ts';
import { requireMember } from '../services/rooms/membership.ts';
import {
  joinedRoomSlices,
  memberSlices,
  publicRoomSlices,
  requireMemberList,
} from '../services/rooms/room-lists.ts';
import { roomMessageSlices } from '../services/rooms/room-messages.ts';
import type { Context } from './context.ts';
import { observeCall } from './observe-call.ts';
import { sessionOf } from './session.ts';

/**
 * Lists of any length, for the legacy API, whose answers have no pages: rows in slices, each read when it is asked for. Every
 * function checks the caller's access first, and takes ids as the procedures do. `signal` aborts when the caller is gone.
 */
export type CompleteLists = ReturnType<typeof createCompleteLists>;

export function createCompleteLists(ctx: Context, signal: AbortSignal) {
  const { deps } = ctx;
  const open = <Row>(path: string, read: (username: string) => Slices<Row> | Promise<Slices<Row>>) =>
    observeCall(ctx, path, async () => {
      const { username } = await sessionOf(ctx, path, 'query');
      return withinUserLists(ctx, username, await read(username));
    });

  return {
    inboxMessages: () => open('inbox.listMessages', (username) => inboxSlices(deps, username, { signal })),

    publicRooms: () =>
      open('chat.listPublicRooms', (username) => publicRoomSlices(deps, username, { signal })),

    joinedRooms: () =>
      open('chat.listJoinedRooms', (username) => joinedRoomSlices(deps, username, { signal })),

    members: (id: number) =>
      open('chat.listMembers', async (username) => {
        const roomId = rowId.parse(id);
        await requireMemberList(deps, { roomId, username });
        return memberSlices(deps, roomId, { signal });
      }),

    roomMessages: (id: number) =>
      open('chat.listMessages', async (username) => {
        const roomId = rowId.parse(id);
        await requireMember(deps, { roomId, username });
        return roomMessageSlices(deps, roomId, { signal });
      }),
  };
}

type Slices<Row> = AsyncIterable<Row[]>;

/** A user reads only so many lists at a time, however many connections they come by. */
async function* withinUserLists<Row>(
  { deps }: Pick<Context, 'deps'>,
  username: string,
  slices: Slices<Row>,
): AsyncGenerator<Row[], void> {
  await deps.userLists.enter(username);
  try {
    yield* slices;
  } finally {
    deps.userLists.leave(username);
  }
}
