import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { knownDate } from '../../core/known-dates.ts';
import { yieldTurn } from '../../core/slices.ts';
import { Prisma } from '../db/generated/sqlite/client.ts';
import type { IdParts, KeptStatements, KnownKeptKey } from '../db/kept-statements.ts';
import { createKeptWriter } from '../db/kept-writer.ts';
import { inputHashOf } from '../db/message-keys.ts';
import type { RawSql } from '../db/raw-sql.ts';
import { storedAttachments } from '../files/attachments.ts';
import {
  type ExpiresAt,
  type KeptRange,
  type KeptSlice,
  keptIdOf,
  readAuthors,
  readKeptChanges,
  readKeptSlice,
  within,
} from './kept-message-rows.ts';
import { createKeptRevisions } from './kept-revisions.ts';
import { createKeptSweep } from './kept-sweep.ts';
import { type KeptText, readKeptTexts } from './kept-texts.ts';
import {
  type Authored,
  attachedIds,
  attachmentsOf,
  compareMessageIds,
  mentionsOf,
  messageIdOf,
  type NamedDraft,
  nextId,
  noMessageId,
  partsOf,
  quoteOf,
  type RoomChange,
  type RoomMessage,
  type RoomMessageStore,
  storedMentions,
  systemOf,
} from './room-message-store.ts';

/** The messages of kept rooms, in the database. Must pass the same contract, but for what the ring evicts. */
export interface KeptMessageStore extends RoomMessageStore {
  /** The newest messages, of those with lower ids than `before` if given, oldest first. */
  listBefore(roomId: number, before: string | undefined, limit: number): Promise<RoomMessage[]>;
  /** The oldest messages of those with higher ids than `after`. */
  listAfter(roomId: number, after: string, limit: number): Promise<RoomMessage[]>;
  /** Whether the user has sent a message under this client id. */
  isSent(draft: NamedDraft): Promise<boolean>;
  /** What `list` gives, in slices, so that the caller holds no more of it than it needs. */
  listInSlices(roomId: number, listing: Listing): AsyncIterable<RoomMessage[]>;
  /** Who wrote the newest messages, oldest first. Reads no texts. */
  authors(roomId: number, limit: number): Promise<Authored[]>;
  /** Those of these messages that are there, in any order. */
  findAll(roomId: number, ids: readonly string[]): Promise<RoomMessage[]>;
  /** Texts for searching, of these messages or of the newest before one, newest first. Some may have expired. */
  texts(
    roomId: number,
    range: { before: string } | { ids: readonly string[] },
    limit: number,
  ): Promise<KeptText[]>;
  /** Deletes what has expired, and what is left of rooms that are gone. */
  sweep(): Promise<void>;
  /** Deletes what has expired in rooms with files, which are not to stay much longer than their messages. */
  sweepRoomsWithFiles(): Promise<void>;
  /** The number of messages that wait for the next commit. */
  readonly waiting: number;
  /** Ends deletions that are under way, and resolves once all messages that are waiting have been stored. */
  close(): Promise<void>;
}

/** How the messages of a room are listed. */
export interface Listing {
  /** Only those with higher ids. */
  after?: string | undefined;
  from: 'oldest' | 'newest';
  /** Without system messages. */
  sentOnly?: boolean | undefined;
  /** Ends reading when the caller is gone. */
  signal?: AbortSignal | undefined;
}

interface Options {
  sql: RawSql;
  statements: KeptStatements;
  clock: Clock;
  /** How many of the newest messages of a room `list` gives. */
  listed: number;
  /** How long messages are kept at most, in milliseconds. */
  ttlMs?: number | undefined;
  onCommit?: (messages: number, seconds: number) => void;
}

/** Rows read by one statement: even of the longest texts not too many. */
const sliceSize = 100;

/** Positions are ids, as in the ring. Nothing is lost but what expires, and what is deleted with its room. */
export function createKeptMessageStore({
  sql,
  statements,
  clock,
  listed,
  ttlMs = Number.POSITIVE_INFINITY,
  onCommit = () => {},
}: Options): KeptMessageStore {
  const expiresAt: ExpiresAt = (createdMs, lifespanSeconds) =>
    Number(createdMs) +
    Math.min(ttlMs, lifespanSeconds === null ? Number.POSITIVE_INFINITY : Number(lifespanSeconds) * 1000);
  const isExpired = ({ createdMs, lifespanSeconds }: Pick<KnownKeptKey, 'createdMs' | 'lifespanSeconds'>) =>
    clock() >= expiresAt(createdMs, lifespanSeconds);
  const writer = createKeptWriter(statements, { clock, isExpired, onCommit });
  const sweep = createKeptSweep(sql, {
    expiresAt,
    allExpire: Number.isFinite(ttlMs),
    clock,
  });

  const readSlice = (roomId: number, range: KeptRange, size: number) =>
    readKeptSlice(sql, { roomId, range, size, expiresAt, now: clock() });

  /** Up to `limit` messages of a range, in its order. */
  async function* slicesOf(
    roomId: number,
    range: KeptRange,
    limit: number,
    signal?: AbortSignal | undefined,
  ): AsyncGenerator<KeptSlice, void> {
    let left = limit;
    for (let rest = range; ; await yieldTurn(signal)) {
      const slice = await readSlice(roomId, rest, Math.min(sliceSize, left));
      yield slice;
      left -= slice.messages.length;
      if (slice.edge === undefined || left <= 0) return;
      rest = range.from === 'oldest' ? { ...range, after: slice.edge } : { ...range, before: slice.edge };
    }
  }

  /** All of them, with what the last statement has read of the room. */
  async function read(roomId: number, range: KeptRange, limit: number) {
    const messages: RoomMessage[] = [];
    let hasExpired = false;
    let last = { lost: noMessageId, newest: noMessageId, changed: noMessageId };
    for await (const slice of slicesOf(roomId, range, limit)) {
      messages.push(...slice.messages);
      hasExpired ||= slice.hasExpired;
      last = slice;
    }
    const { lost, newest, changed } = last;
    return { messages, hasExpired, lost, newest, changed };
  }

  /** Up to `limit` changes after one place and up to another. */
  async function readChanges(
    roomId: number,
    { after, upTo }: { after: string; upTo: string },
    limit: number,
  ): Promise<RoomChange[]> {
    const changes: RoomChange[] = [];
    for (;;) {
      const range = { after: changes.at(-1)?.id ?? after, upTo };
      const size = Math.min(sliceSize, limit - changes.length);
      const read = await readKeptChanges(sql, { roomId, ...range, limit: size, expiresAt, now: clock() });
      changes.push(...read);
      if (read.length < size || changes.length >= limit) return changes;
      await yieldTurn();
    }
  }

  /** After which message the newest ones begin, as many as are listed. */
  async function startOfListed(
    roomId: number,
    after: string | undefined,
    sentOnly?: boolean,
  ): Promise<string | undefined> {
    const [edge] = await sql<IdParts>(Prisma.sql`
      SELECT k.ms, k.seq FROM kept_messages k WHERE k.room_id = ${roomId} ${within({ after, sentOnly })}
      ORDER BY k.ms DESC, k.seq DESC LIMIT 1 OFFSET ${listed}`);
    return edge ? keptIdOf(edge) : after;
  }

  async function list(roomId: number, after?: string, limit = Number.POSITIVE_INFINITY) {
    const range = { after: await startOfListed(roomId, after), from: 'oldest' } as const;
    return (await read(roomId, range, limit)).messages;
  }

  async function* listInSlices(roomId: number, { after, from, sentOnly, signal }: Listing) {
    const start = from === 'oldest' ? await startOfListed(roomId, after, sentOnly) : after;
    const limit = from === 'oldest' ? Number.POSITIVE_INFINITY : listed;
    for await (const { messages } of slicesOf(roomId, { after: start, from, sentOnly }, limit, signal))
      yield messages;
  }

  async function find(roomId: number, id: string): Promise<RoomMessage | undefined> {
    const { messages } = await readSlice(roomId, { before: nextId(id), from: 'newest' }, 1);
    return messages.find((message) => message.id === id);
  }

  async function isSent({ username, clientId }: NamedDraft): Promise<boolean> {
    if (clientId === undefined) return false;
    return (await statements.findKeys([{ sender: username, clientId }])).length > 0;
  }

  async function appendNamed(draft: NamedDraft) {
    const { roomId, username, text, clientId, replyTo } = draft;
    const quoted = replyTo === undefined ? undefined : await find(roomId, replyTo);
    // A repeat is answered as before, whatever has become of the message that it replies to.
    const isQuotable = quoted !== undefined && quoted.event === undefined;
    if (replyTo !== undefined && !isQuotable && !(await isSent(draft)))
      throw new AppError('MESSAGE_NOT_FOUND');
    const createdMs = clock();
    const { isRepeat, ms, seq } = await writer.add({
      roomId,
      sender: username,
      text,
      createdMs,
      replyTo: replyTo === undefined ? null : partsOf(replyTo),
      mentions: storedMentions(draft),
      attachments: storedAttachments(draft.attachments),
      event: draft.event ?? null,
      key: clientId === undefined ? null : { clientId, inputHash: inputHashOf(inputOf(draft)) },
    });
    const id = messageIdOf({ ms, seq });
    if (isRepeat) {
      const message = await find(roomId, id);
      if (!message) throw new AppError('MESSAGE_NOT_FOUND'); // it has just expired
      return { message, isRepeat };
    }
    const message: RoomMessage = {
      id,
      roomId,
      username,
      text,
      createdAt: knownDate(createdMs),
      ...(quoted && { replyTo: quoteOf(quoted) }),
      ...(clientId !== undefined && { clientId }),
      ...attachmentsOf(draft),
      ...mentionsOf(draft),
      ...systemOf(draft),
    };
    return { message, isRepeat };
  }

  return {
    append: async (draft) => (await appendNamed(draft)).message,
    appendNamed,
    isSent,

    async isDeleted({ username, clientId }) {
      const [known] = await statements.findKeys([{ sender: username, clientId }]);
      if (!known || isExpired(known)) return false;
      return (await find(known.roomId, messageIdOf(known))) === undefined;
    },

    find,
    list,
    listInSlices,

    async listBefore(roomId, before, limit) {
      return (await read(roomId, { before, from: 'newest' }, limit)).messages.reverse();
    },

    async listAfter(roomId, after, limit) {
      return (await read(roomId, { after, from: 'oldest' }, limit)).messages;
    },

    authors: (roomId, limit) => readAuthors(sql, { roomId, limit, expiresAt, now: clock() }),

    async findAll(roomId, ids) {
      if (ids.length === 0) return [];
      return (await readSlice(roomId, { ids, from: 'newest' }, ids.length)).messages;
    },

    texts: (roomId, range, size) => readKeptTexts(sql, { roomId, range, size, expiresAt, now: clock() }),

    async since(roomId, after, limit = Number.POSITIVE_INFINITY) {
      const found = await read(roomId, { after, from: 'oldest' }, limit);
      const { messages, newest, changed } = found;
      if (compareMessageIds(after, newest) > 0)
        return { messages: await list(roomId, undefined, limit), changes: [], gap: true, newestId: newest };
      // Later ones may come after messages that have not been read.
      const upTo = messages.length < limit ? newest : (messages.at(-1)?.id ?? newest);
      const changes =
        compareMessageIds(changed, after) > 0 ? await readChanges(roomId, { after, upTo }, limit) : [];
      const gap = found.hasExpired || compareMessageIds(after, found.lost) < 0;
      return { messages, changes, gap, newestId: newest };
    },

    revise: createKeptRevisions({ sql, clock, find }),

    async newestId() {
      const [newest] = await sql<IdParts>(Prisma.sql`SELECT ms, seq FROM kept_clock WHERE id = 1`);
      return newest ? keptIdOf(newest) : noMessageId;
    },

    forgetRoom: sweep.deleteRoom,

    sweep: sweep.run,
    sweepRoomsWithFiles: sweep.runForFiles,
    /** They are counted in the database alone. */
    size: () => 0,
    get waiting() {
      return writer.waiting;
    },

    async close() {
      await sweep.close();
      await writer.flushed();
    },
  };
}

/** Those of messages without files are as they have always been, as their hashes are stored. */
function inputOf(draft: NamedDraft): unknown[] {
  const { roomId, text, replyTo = null } = draft;
  const files = attachedIds(draft);
  return files === undefined ? [roomId, text, replyTo] : [roomId, text, replyTo, files];
}
