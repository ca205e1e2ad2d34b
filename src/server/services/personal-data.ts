import type { Deps } from '../context.ts';
import { listOpenSessions } from './accounts.ts';
import { listInboxMessages } from './inbox.ts';
import { listJoinedRooms } from './rooms.ts';
import { getOwnProfile } from './users.ts';

const messagesRead = 500;

/**
 * What is kept about a user, without secrets, part by part: everything but messages first, which are read as they are
 * taken. Room messages are not among it, as they are gone within hours.
 */
export async function exportUser(deps: Pick<Deps, 'db' | 'sql' | 'clock'>, username: string) {
  const profile = await getOwnProfile(deps, username);
  const sessions = await listOpenSessions(deps, username);
  const rooms = await listJoinedRooms(deps, username);
  return {
    facts: { profile, sessions, rooms },
    /** Sent and received, newest first. */
    inboxMessages: listWholeInbox(deps, username),
  };
}

async function* listWholeInbox(deps: Pick<Deps, 'sql'>, username: string) {
  for (let cursor: number | undefined; ; ) {
    const { messages, nextCursor } = await listInboxMessages(deps, username, { limit: messagesRead, cursor });
    for (const { id, sender, recipient, text, createdAt, read } of messages)
      yield { id, sender, recipient, text, createdAt, read };
    if (nextCursor === null) return;
    cursor = nextCursor;
  }
}
