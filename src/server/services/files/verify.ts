import type { Readable } from 'node:stream';
import { readInSlices, yieldTurn } from '../../core/slices.ts';
import { Prisma } from '../../infra/db/generated/sqlite/client.ts';
import { hashOf } from '../../infra/files/hash-of.ts';
import { parsePreviews } from '../../infra/files/previews.ts';
import type { Deps, Files } from '../shared/deps.ts';
import { idOf, isContentKey, keysOf } from './sweep.ts';

type VerifyDeps = Pick<Deps, 'sql'> & Pick<Files, 'storage'>;

/** What is wrong with something in the storage. */
export interface FileProblem {
  /** `missing`: a file without bytes. `changed`: with others than were stored. `unknown`: bytes that belong to no file. */
  problem: 'missing' | 'changed' | 'unknown';
  /** In the storage. */
  key: string;
  /** Whose it is, and what it is called, if that is known: the first ten names. */
  owner?: string;
  names?: string[];
}

/** How much was looked at. */
export interface Verified {
  /** Objects in the storage. */
  objects: number;
  /** Objects that belong to no file as yet, but are so new that they may belong to an upload. */
  recent: number;
  problems: number;
}

interface Options {
  /** Whether to read all bytes, and to compare their hashes. Of previews, only sizes are known. */
  hashes: boolean;
  /** Objects stored after this, in milliseconds since 1970, may belong to uploads. */
  storedUntil: number;
  onProblem(problem: FileProblem): Promise<void>;
}

interface Content {
  id: string;
  owner: string;
  size: number | bigint;
  storedSha256: string;
  previews: string;
}

const columns = Prisma.sql`id, owner, size, stored_sha256 AS "storedSha256", previews`;

const rowsRead = 200;

/** Contents looked at by one caller at a time: of a remote storage, each takes a round trip. */
const atOnce = 8;

/** Compares the storage with the database, both ways. Changes neither. Servers may be using both. */
export async function verifyFiles(deps: VerifyDeps, options: Options): Promise<Verified> {
  const verified: Verified = { objects: 0, recent: 0, problems: 0 };
  async function report(problem: FileProblem): Promise<void> {
    verified.problems += 1;
    await options.onProblem(problem);
  }
  await verifyObjects(deps, { ...options, verified, report });
  await verifyContents(deps, { ...options, report });
  return verified;
}

type Report = { report(problem: FileProblem): Promise<void> };

async function verifyObjects(
  { sql, storage }: VerifyDeps,
  { storedUntil, verified, report }: Options & Report & { verified: Verified },
): Promise<void> {
  for await (const listed of storage.list()) {
    const objects = listed.filter(({ key }) => isContentKey(key));
    if (objects.length === 0) continue;
    verified.objects += objects.length;
    const ids = [...new Set(objects.map(({ key }) => idOf(key)))];
    const rows = await sql<Content>(
      Prisma.sql`SELECT ${columns} FROM file_contents WHERE id IN (${Prisma.join(ids)})`,
    );
    const sizes = new Map(rows.flatMap((row) => [...sizesOf(row)]));
    for (const { key, size, storedAt } of objects) {
      const expected = sizes.get(key);
      const owner = rows.find(({ id }) => id === idOf(key));
      if (expected === undefined && storedAt.getTime() > storedUntil) verified.recent += 1;
      else if (expected === undefined) await report({ problem: 'unknown', key });
      else if (expected !== size && owner)
        await report({ problem: 'changed', key, ...(await described({ sql }, owner)) });
    }
    await yieldTurn();
  }
}

/** How large the objects of a content are. */
function sizesOf(content: Content): Map<string, number> {
  const { id, size, previews } = content;
  const made = [...parsePreviews(previews)].map(([pixels, bytes]) => [`${id}-${pixels}`, bytes] as const);
  return new Map([[id, Number(size)], ...made]);
}

async function verifyContents(deps: VerifyDeps, { hashes, report }: Options & Report): Promise<void> {
  const slices = readInSlices({
    size: rowsRead,
    keyOf: ({ id }: Content) => id,
    read: (after) =>
      deps.sql<Content>(
        Prisma.sql`SELECT ${columns} FROM file_contents WHERE id > ${after ?? ''} ORDER BY id LIMIT ${rowsRead}`,
      ),
  });
  for await (const slice of slices)
    for (let start = 0; start < slice.length; start += atOnce) {
      const found = await Promise.all(
        slice.slice(start, start + atOnce).map((content) => problemsOf(deps, content, { hashes })),
      );
      for (const problem of found.flat()) await report(problem);
    }
}

async function problemsOf(
  { sql, storage }: VerifyDeps,
  content: Content,
  { hashes }: Pick<Options, 'hashes'>,
): Promise<FileProblem[]> {
  const problems: FileProblem[] = [];
  const sizes = sizesOf(content);
  for (const key of keysOf(content)) {
    const isHashed = hashes && key === content.id;
    // One byte is enough to know that it is there, and an empty file has not even that.
    const bytes = await storage.open(
      key,
      isHashed || sizes.get(key) === 0 ? undefined : { start: 0, end: 0 },
    );
    const hash = bytes && (await (isHashed ? hashOf(bytes) : dropped(bytes)));
    if (!bytes) problems.push({ problem: 'missing', key });
    else if (hash !== undefined && hash !== content.storedSha256) problems.push({ problem: 'changed', key });
  }
  if (problems.length === 0) return [];
  // It may have been deleted meanwhile.
  const [present] = await sql<object>(Prisma.sql`SELECT id FROM file_contents WHERE id = ${content.id}`);
  if (!present) return [];
  const whose = await described({ sql }, content);
  return problems.map((problem) => ({ ...problem, ...whose }));
}

async function dropped(bytes: Readable): Promise<undefined> {
  for await (const _ of bytes);
}

async function described({ sql }: Pick<Deps, 'sql'>, { id, owner }: Content) {
  const rows = await sql<{ name: string }>(
    Prisma.sql`SELECT name FROM files WHERE content_id = ${id} ORDER BY created_ms LIMIT 10`,
  );
  return { owner, names: rows.map(({ name }) => name) };
}
