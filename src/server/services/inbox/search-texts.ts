import { readInSlices } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { paddedList } from '../../infra/db/padded-list.ts';
import { minIndexed } from '../../infra/search/message-search.ts';
import { searchedText } from '../../infra/search/search-index.ts';
import type { Deps } from '../shared/deps.ts';
import type { ReadText, TextSource } from '../shared/found-texts.ts';
import { isVisible, ownConversation } from './inbox-rows.ts';

/** Where is searched. */
interface Searched {
  username: string;
  /** Only messages exchanged with this user. */
  peer?: string | undefined;
  signal?: AbortSignal | undefined;
}

interface TextRow {
  id: number | bigint;
  text: string;
  is_visible: boolean | number | bigint;
}

/** Messages read by one statement. */
const sliceSize = 100;

/** No row has this id. */
export const maxRowId = 2 ** 31 - 1;

type SearchDeps = Pick<Deps, 'sql' | 'inboxSearch'>;

/** The messages of a user, or of one conversation. */
export const inboxTexts = (deps: SearchDeps, searched: Searched): TextSource<number> => ({
  parts: () => partsFor(deps, searched),
  partsAtOnce: deps.inboxSearch.partsAtOnce,
  find: deps.inboxSearch.find,
  want: () => deps.inboxSearch.want(searched.username),
  newest: (before) => readNewest(deps, { ...searched, before }),
  named: (ids) => readCandidates(deps, searched, ids),
  isBelow: (a, b) => a < b,
  lowest: 0,
  sliceSize,
});

async function partsFor({ sql, inboxSearch }: SearchDeps, { username, peer }: Searched) {
  if (peer !== undefined) {
    const [own] = await sql<{ total: number | bigint }>(Prisma.sql`
      SELECT total FROM inbox_conversations WHERE username = ${username} AND peer = ${peer}`);
    if (Number(own?.total ?? 0) < minIndexed) return [];
  }
  return inboxSearch.parts(username);
}

const columns = (username: string) => Prisma.sql`
  m.id, ${searchedText(Prisma.raw('m.message'))} AS text, ${isVisible(Prisma.raw('m'), username)} AS is_visible`;

const toText = ({ id, text, is_visible: isSeen }: TextRow): ReadText<number> => ({
  id: Number(id),
  text,
  isVisible: Boolean(isSeen),
});

/** Messages of the user, or of one conversation, newest first. */
function readNewest(
  { sql }: Pick<Deps, 'sql'>,
  { username, peer, before, signal }: Searched & { before: number },
): AsyncGenerator<ReadText<number>[], void> {
  const sides = sidesOf(username, peer);
  return readInSlices({
    size: sliceSize,
    keyOf: ({ id }: ReadText<number>) => id,
    signal,
    async read(edge) {
      const idsOf = (side: Prisma.Sql) => Prisma.sql`
        SELECT id FROM (SELECT id FROM inbox_messages WHERE ${side} AND id < ${edge ?? before} ORDER BY id DESC LIMIT ${sliceSize}) AS side`;
      const rows = await sql<TextRow>(Prisma.sql`
        SELECT ${columns(username)}
        FROM (${Prisma.join(sides.map(idsOf), ' UNION ')} ORDER BY id DESC LIMIT ${sliceSize}) AS page
        JOIN inbox_messages m ON m.id = page.id ${ownConversation(username)}
        ORDER BY m.id DESC`);
      return rows.map(toText);
    },
  });
}

/** The two directions of an inbox, or of one conversation. */
const sidesOf = (username: string, peer: string | undefined): [Prisma.Sql, Prisma.Sql] =>
  peer === undefined
    ? [Prisma.sql`sender = ${username}`, Prisma.sql`recipient = ${username}`]
    : [
        Prisma.sql`sender = ${username} AND recipient = ${peer}`,
        Prisma.sql`sender = ${peer} AND recipient = ${username}`,
      ];

/** What the index named, as far as it is the user's. */
async function readCandidates(
  { sql }: Pick<Deps, 'sql'>,
  { username, peer }: Searched,
  ids: number[],
): Promise<ReadText<number>[]> {
  const list = paddedList(ids, ids.length <= 20 ? 20 : sliceSize, 0);
  const [sent, received] = sidesOf(username, peer);
  const rows = await sql<TextRow>(Prisma.sql`
    SELECT ${columns(username)} FROM inbox_messages m ${ownConversation(username)}
    WHERE m.id IN (${list}) AND ((${sent}) OR (${received}))
    ORDER BY m.id DESC`);
  return rows.map(toText);
}
