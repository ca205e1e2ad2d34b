import { collectRows } from '../../core/answer-size.ts';
import { listOpenSessions } from '../accounts/accounts.ts';
import { getOwnProfile } from '../accounts/users.ts';
import { inboxSlices } from '../inbox/list-messages.ts';
import { joinedRoomSlices } from '../rooms/room-lists.ts';
import type { Deps } from '../shared/deps.ts';

/**
 * Everything stored about a user except secrets: the facts at once, inbox messages as an iterator that reads page by page.
 * Room messages are not included, since they expire within hours.
 */
export async function exportUser(deps: Pick<Deps, 'db' | 'sql' | 'clock'>, username: string) {
  const profile = await getOwnProfile(deps, username);
  const sessions = await listOpenSessions(deps, username);
  const rooms = await collectRows(joinedRoomSlices(deps, username));
  return {
    facts: { profile, sessions, rooms },
    /** Sent and received messages, newest first. */
    inboxMessages: listWholeInbox(deps, username),
  };
}

async function* listWholeInbox(deps: Pick<Deps, 'sql'>, username: string) {
  for await (const slice of inboxSlices(deps, username))
    for (const { id, sender, recipient, text, createdAt, read } of slice)
      yield { id, sender, recipient, text, createdAt, read };
}
