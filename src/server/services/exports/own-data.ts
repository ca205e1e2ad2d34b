import { Readable } from 'node:stream';
import { type ArchiveEntry, linesOf } from '../../infra/files/archive.ts';
import type { FileStorage } from '../../infra/files/file-storage.ts';
import { listOpenSessions } from '../accounts/accounts.ts';
import { getOwnProfile } from '../accounts/profiles.ts';
import { listFactors } from '../factors/factors.ts';
import { listIdentities } from '../identities/identities.ts';
import { listBlockedUsers } from '../privacy/blocks.ts';
import { getPrivacy } from '../privacy/settings.ts';
import { listAccessTokens } from '../sessions/access-tokens.ts';
import type { Deps } from '../shared/deps.ts';
import { type OwnFile, ownFiles } from './own-files.ts';
import { countInbox, ownConversations, ownInbox } from './own-inbox.ts';
import { ownReactions, ownRoomMessages, ownRooms } from './own-rooms.ts';

export type OwnDataDeps = Pick<Deps, 'db' | 'sql' | 'clock' | 'config' | 'fileUrls' | 'roomMessages'>;

interface Options {
  username: string;
  /** Undefined where there are no files. */
  storage: FileStorage | undefined;
  signal: AbortSignal;
  /** Called for each piece of work with how much has been done, from 0 to 1. */
  onProgress(done: number): void;
}

const readme = (
  username: string,
  at: Date,
) => `What the server has stored of ${username}, as of ${at.toISOString()}.

Files that end in .jsonl have one JSON document in each line. Passwords, tokens, codes and keys are in none of them.

profile.jsonl         the profile, with the e-mail address
settings.jsonl        the privacy settings
sessions.jsonl        where you are logged in
access-tokens.jsonl   access tokens for programs, without the tokens themselves
second-factors.jsonl  the authenticator app and the passkeys
log-ins.jsonl         log-ins with other services
blocks.jsonl          users whom you have blocked
rooms.jsonl           rooms that you are in
conversations.jsonl   your conversations
inbox-messages.jsonl  private messages, sent and received, with their reactions
room-messages.jsonl   messages that you have sent to rooms, as far as they are still there
reactions.jsonl       your reactions to messages in rooms
files.jsonl           files that you have uploaded; "path" is where each is in this archive
`;

/** What the scans of rooms count for, in private messages. */
const scanWork = 1000;
/** As much as one private message. */
const bytesOfWork = 10_000;

/** Everything stored about a user except secrets, as the entries of an archive. */
export async function ownData(deps: OwnDataDeps, options: Options): Promise<ArchiveEntry[]> {
  const { username, storage, signal } = options;
  const own = { username, signal };
  const files = await ownFiles(deps, { ...own, hasStorage: storage !== undefined });
  const included = files.flatMap(({ file }) => (file.path === null ? [] : [file.size]));
  const total =
    (await countInbox(deps, username)) +
    2 * scanWork +
    included.reduce((sum, size) => sum + size / bytesOfWork, 1);
  let done = 0;
  const work = (more: number) => {
    done += more;
    options.onProgress(Math.min(1, done / total));
  };
  const entry = (name: string, rows: () => AsyncIterable<object> | Iterable<object>, share = 0) => ({
    path: `${name}.jsonl`,
    async open() {
      work(share);
      return linesOf(rows());
    },
  });
  const [profile, settings, sessions, tokens, factors, identities, blocks] = [
    await getOwnProfile(deps, username),
    await getPrivacy(deps, username),
    await listOpenSessions(deps, username),
    await listAccessTokens(deps, username),
    await ownFactors(deps, username),
    await listIdentities(deps, username),
    await listBlockedUsers(deps, username),
  ];
  return [
    {
      path: 'README.txt',
      open: async () => Readable.from([readme(username, new Date(deps.clock()))]),
    },
    entry('profile', () => [profile]),
    entry('settings', () => [settings]),
    entry('sessions', () => sessions),
    entry('access-tokens', () => tokens),
    entry('second-factors', () => factors),
    entry('log-ins', () => identities),
    entry('blocks', () => blocks),
    entry('rooms', () => ownRooms(deps, own)),
    entry('conversations', () => ownConversations(deps, own)),
    entry('inbox-messages', () => ownInbox(deps, own, work)),
    entry('room-messages', () => ownRoomMessages(deps, own), scanWork),
    entry('reactions', () => ownReactions(deps, own), scanWork),
    entry('files', () => files.map(({ file }) => file)),
    ...(storage ? files.flatMap((file) => contentOf(file, storage, work)) : []),
  ];
}

async function ownFactors(deps: OwnDataDeps, username: string): Promise<object[]> {
  const { totp, passkeys } = await listFactors(deps, username);
  return [
    ...(totp ? [{ kind: 'totp', ...totp }] : []),
    ...passkeys.map((each) => ({ kind: 'passkey', ...each })),
  ];
}

function contentOf(
  { key, file: { path, size } }: OwnFile,
  storage: FileStorage,
  work: (more: number) => void,
): ArchiveEntry[] {
  if (path === null) return [];
  const open = async () => {
    work(size / bytesOfWork);
    return storage.open(key);
  };
  return [{ path, open, isCompressed: true }];
}
