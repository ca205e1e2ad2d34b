import { AnswerRows } from '../../core/answer-size.ts';
import { readInSlices } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { paddedList } from '../../infra/db/padded-list.ts';
import type { Deps } from '../shared/deps.ts';
import {
  type InboxMessage,
  type InboxRow,
  messageColumns,
  messageJoins,
  type Showing,
  toInboxMessage,
} from './inbox-rows.ts';
import { type Mark, type MarkRow, markColumn, positionOf, toMark } from './positions.ts';

/** Which messages of an inbox are asked for. */
export interface InboxRange {
  /** Only those with smaller ids. */
  before?: number | undefined;
  /** Only those with greater ids; without `before`, the oldest of these come first. */
  after?: number | undefined;
  /** Only those exchanged with this user. */
  with?: string | undefined;
  /** Aborts when the caller is gone. */
  signal?: AbortSignal | undefined;
}

export interface InboxPage {
  /** Newest first. */
  messages: InboxMessage[];
  /** Where the next page begins: its `before`, or its `after` where only that was given. Null on the last page. */
  nextCursor: number | null;
  /** Where in the order of changes the page is true. */
  position: string;
}

/** Rows read by one statement. */
const sliceSize = 100;

/** Hidden messages that a page passes over before it ends. */
const maxHidden = 500;

const idOf = ({ id }: InboxRow) => Number(id);

const isForward = ({ before, after }: InboxRange) => after !== undefined && before === undefined;

/**
 * A page of at most `limit` messages, newest first. It is shorter where more would exceed the size of an answer, or where
 * many are hidden; `nextCursor` is null only on the last page.
 */
export async function listInboxMessages(
  deps: Pick<Deps, 'sql' | 'fileUrls'>,
  username: string,
  { limit, ...range }: InboxRange & { limit: number },
): Promise<InboxPage> {
  const answer = new AnswerRows<InboxMessage>();
  let edge: number | undefined;
  let hidden = 0;
  let isLast = true;
  let mark: Mark | undefined;
  // One row more than requested tells whether there is another page.
  const slices = scanSlices(deps, username, { ...range, size: Math.min(limit + 1, sliceSize) }, (row) => {
    mark ??= toMark(row);
  });
  scan: for await (const rows of slices)
    for (const row of rows) {
      const fits = answer.rows.length < limit && hidden < maxHidden;
      if (!fits || (row.is_visible && !answer.add([toInboxMessage(row, username, deps)]))) {
        isLast = false;
        break scan;
      }
      edge = Number(row.id);
      if (!row.is_visible) hidden += 1;
    }
  return {
    messages: isForward(range) ? answer.rows.toReversed() : answer.rows,
    nextCursor: isLast ? null : (edge ?? null),
    position: positionOf(mark as Mark), // safe: the first slice has it, even without any message
  };
}

/** All messages that the user sees, newest first, in slices. */
export const inboxSlices = (
  deps: Pick<Deps, 'sql' | 'fileUrls'>,
  username: string,
  range: InboxRange = {},
): AsyncGenerator<InboxMessage[], void> =>
  visibleSlices(deps, scanSlices(deps, username, { ...range, size: sliceSize }), username);

async function* visibleSlices(
  showing: Showing,
  slices: AsyncIterable<InboxRow[]>,
  username: string,
): AsyncGenerator<InboxMessage[], void> {
  for await (const rows of slices) yield visible(rows, username, showing);
}

const visible = (rows: InboxRow[], username: string, showing: Showing): InboxMessage[] =>
  rows.filter(({ is_visible: isVisible }) => isVisible).map((row) => toInboxMessage(row, username, showing));

/** The rows of a range in slices, hidden ones included. A slice reads two index ranges, however long the history is. */
function scanSlices(
  { sql }: Pick<Deps, 'sql'>,
  username: string,
  { size, signal, with: peer, ...range }: InboxRange & { size: number },
  onMark: (row: MarkRow) => void = () => {},
): AsyncGenerator<InboxRow[], void> {
  const forward = isForward(range);
  const sides =
    peer === undefined
      ? [Prisma.sql`sender = ${username}`, Prisma.sql`recipient = ${username}`]
      : [
          Prisma.sql`sender = ${username} AND recipient = ${peer}`,
          Prisma.sql`sender = ${peer} AND recipient = ${username}`,
        ];
  const order = forward ? Prisma.sql`ORDER BY id` : Prisma.sql`ORDER BY id DESC`;
  const direction = forward ? 1 : -1;

  return readInSlices({
    size,
    keyOf: idOf,
    signal,
    async read(edge) {
      const { before, after } = forward
        ? { before: undefined, after: edge ?? range.after }
        : { ...range, before: edge ?? range.before };
      const within = Prisma.sql`
        ${before === undefined ? Prisma.empty : Prisma.sql`AND id < ${before}`}
        ${after === undefined ? Prisma.empty : Prisma.sql`AND id > ${after}`}`;
      const idsOf = (side: Prisma.Sql) => Prisma.sql`
        SELECT id FROM (SELECT id FROM inbox_messages WHERE ${side} ${within} ${order} LIMIT ${size}) AS side`;
      // One row without a message where there is none. Sorting the whole rows is left to JavaScript, which need not copy them.
      const rows = await sql<InboxRow & MarkRow>(Prisma.sql`
        SELECT ${messageColumns(username)}, ${markColumn}
        FROM (SELECT 1) AS one
        LEFT JOIN (${Prisma.join(sides.map(idsOf), ' UNION ')} ${order} LIMIT ${size}) AS page ON true
        LEFT JOIN inbox_messages m ON m.id = page.id
        ${messageJoins(username)}`);
      const [first] = rows;
      if (first) onMark(first);
      return rows.filter(({ id }) => id !== null).sort((a, b) => direction * (idOf(a) - idOf(b)));
    },
  });
}

/** One message as `username` sees it now; undefined if it is not visible to them. */
export async function findInboxMessage(
  deps: Pick<Deps, 'sql' | 'fileUrls'>,
  username: string,
  id: number,
): Promise<InboxMessage | undefined> {
  const [message] = await findInboxMessages(deps, username, [id]);
  return message;
}

/** How many messages are looked up at a time. */
export const maxFound = 200;

/** Those of at most {@link maxFound} messages that `username` sees, in the order of their ids. */
export async function findInboxMessages(
  deps: Pick<Deps, 'sql' | 'fileUrls'>,
  username: string,
  ids: number[],
): Promise<InboxMessage[]> {
  if (ids.length === 0) return [];
  const list = paddedList(ids, ids.length === 1 ? 1 : maxFound, 0);
  const page = Prisma.sql`SELECT id FROM inbox_messages WHERE id IN (${list})`;
  const rows = await deps.sql<InboxRow>(Prisma.sql`
    SELECT ${messageColumns(username)} FROM (${page}) AS page JOIN inbox_messages m ON m.id = page.id ${messageJoins(username)}
    WHERE m.sender = ${username} OR m.recipient = ${username}
    ORDER BY m.id`);
  return visible(rows, username, deps);
}
