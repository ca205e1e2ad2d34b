import { once } from 'node:events';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { writeArchive } from '../../src/server/infra/files/archive.ts';
import { temporaryFolder } from '../support/harness.ts';

const at = new Date('2026-11-30T12:00:00Z');
const newFile = async () => join(await temporaryFolder(), 'archive.zip');
const text = (path: string, words: string) => ({ path, open: async () => Readable.from([words]) });

/** An entry that gives a piece, and then waits until it is told what becomes of it. */
function slowEntry() {
  let fail = (_error: Error) => {};
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  async function* pieces() {
    yield 'the beginning';
    await failed;
  }
  const content = Readable.from(pieces());
  return { content, fail, entry: { path: 'slow.txt', open: async () => content } };
}

it('fails with the error of an entry that fails while it is read, and closes it', async () => {
  const { content, fail, entry } = slowEntry();
  const { signal } = new AbortController();
  const writing = writeArchive(await newFile(), [text('a.txt', 'a'), entry, text('b.txt', 'b')], {
    at,
    signal,
  });
  await once(content, 'resume');
  fail(new Error('the disk is gone'));
  await expect(writing).rejects.toThrow('the disk is gone');
  expect(content.destroyed).toBe(true);
});

it('ends when it is stopped, also if what it reads fails for that reason afterwards', async () => {
  const { content, fail, entry } = slowEntry();
  const stopping = new AbortController();
  const writing = writeArchive(await newFile(), [entry], { at, signal: stopping.signal });
  await once(content, 'resume');
  stopping.abort(new Error('closing'));
  await expect(writing).rejects.toThrow();
  fail(new Error('stopped'));
  if (!content.closed) await once(content, 'close');
  expect(content.destroyed).toBe(true);
});

it('closes what is opened after it was stopped', async () => {
  const content = Readable.from(['late']);
  const stopping = new AbortController();
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const entry = {
    path: 'late.txt',
    async open() {
      await opened;
      return content;
    },
  };
  const writing = writeArchive(await newFile(), [entry], { at, signal: stopping.signal });
  stopping.abort();
  await expect(writing).rejects.toThrow();
  open();
  await once(content, 'close');
});
