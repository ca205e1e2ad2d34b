import { collectRows } from '../../core/answer-size.ts';
import { listOpenSessions } from '../accounts/accounts.ts';
import { getOwnProfile } from '../accounts/profiles.ts';
import { listStoredFiles } from '../files/list-files.ts';
import { listIdentities } from '../identities/identities.ts';
import { inboxSlices } from '../inbox/list-messages.ts';
import { joinedRoomSlices } from '../rooms/room-lists.ts';
import { listAccessTokens } from '../sessions/access-tokens.ts';
import type { Deps } from '../shared/deps.ts';

/**
 * Everything stored about a user except secrets: the facts at once, inbox messages and files as iterators that read page by page.
 * Room messages are not included, since they expire within hours.
 */
export async function exportUser(deps: Pick<Deps, 'db' | 'sql' | 'clock' | 'fileUrls'>, username: string) {
  const {
    emailVerified: _,
    pendingEmail: __,
    resetMailedAt: ___,
    ...profile
  } = await getOwnProfile(deps, username);
  const sessions = await listOpenSessions(deps, username);
  const accessTokens = await listAccessTokens(deps, username);
  const identities = await listIdentities(deps, username);
  const rooms = await collectRows(joinedRoomSlices(deps, username));
  return {
    facts: { profile, sessions, accessTokens, identities, rooms },
    /** Sent and received messages, newest first. */
    inboxMessages: listWholeInbox(deps, username),
    /** What they have uploaded, oldest first, and under which key its bytes are. */
    files: listOwnFiles(deps, username),
  };
}

async function* listOwnFiles(deps: Pick<Deps, 'sql'>, username: string) {
  for await (const stored of listStoredFiles(deps, { owner: username })) {
    const { owner: _, contentId: key, ...file } = stored;
    yield { key, file };
  }
}

async function* listWholeInbox(deps: Pick<Deps, 'sql' | 'fileUrls'>, username: string) {
  for await (const slice of inboxSlices(deps, username))
    for (const { id, sender, recipient, text, createdAt, read, attachments } of slice) {
      const files = attachments?.map(({ id, name, size, mediaType }) => ({ id, name, size, mediaType }));
      yield { id, sender, recipient, text, createdAt, read, ...(files && { files }) };
    }
}
