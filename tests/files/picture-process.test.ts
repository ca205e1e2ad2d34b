import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPictures } from '../../src/server/infra/files/pictures.ts';
import { createWorkerProcess } from '../../src/server/infra/files/worker-process.ts';
import { folderOfFiles, plain } from './picture-files.ts';

const keep = { keepMetadata: true };

/** The processes that read pictures for another, as Linux shows them. */
const processes = (parent = process.pid) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isReader(pid) && parentOf(pid) === parent);

/** False for what has ended, even if nobody has asked for its exit code yet. */
const isReader = (pid: number) => (readIfThere(`/proc/${pid}/cmdline`) ?? '').includes('media-worker');

const parentOf = (pid: number) =>
  Number(/^PPid:\t(\d+)$/m.exec(readIfThere(`/proc/${pid}/status`) ?? '')?.[1]);

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Pictures of this test, a small file to read, and their process once it has read one. */
async function startPictures(options: Parameters<typeof createPictures>[0] = {}) {
  const failures: string[] = [];
  const pictures = createPictures({ onFailure: (reason) => failures.push(reason), ...options });
  onTestFinished(() => pictures.close());
  const { folder, save } = await folderOfFiles();
  const path = await save('small', plain(400, 300).png());
  const read = (signal?: AbortSignal) => pictures.process(path, { ...keep, signal });
  return {
    pictures,
    folder,
    save,
    read,
    failures,
    async running(): Promise<number> {
      expect(await read()).toBeDefined();
      const [pid = 0, ...others] = processes();
      expect(pid).toBeGreaterThan(0);
      expect(others).toEqual([]);
      return pid;
    },
  };
}

/** Resolves to 'waiting' if the promise has not settled by then. */
const stateOf = (promise: Promise<unknown>) =>
  Promise.race([
    promise.then(
      () => 'done',
      () => 'failed',
    ),
    new Promise((resolve) => setImmediate(resolve, 'waiting')),
  ]);

describe('the process', () => {
  it('is started for the first picture, and reads the next ones, too', async () => {
    const { running } = await startPictures();
    expect(processes()).toEqual([]);
    expect(await running()).toBe(await running());
  });

  it('gets nothing of the server: no variables, no standard input, no output', async () => {
    const pid = await (await startPictures()).running();
    const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean);
    // Those of the IPC of Node.
    expect(variables.filter((line) => !line.startsWith('NODE_CHANNEL_'))).toEqual([]);
    expect([0, 1].map((descriptor) => readlinkSync(`/proc/${pid}/fd/${descriptor}`))).toEqual([
      '/dev/null',
      '/dev/null',
    ]);
  });

  it('ends when it has had nothing to do, and is started again', async () => {
    const { running } = await startPictures({ idleMs: 20 });
    const first = await running();
    await expect.poll(() => processes()).toEqual([]);
    expect(await running()).not.toBe(first);
  });

  it('does not end while it reads, however short its rest has been', async () => {
    const { read, failures } = await startPictures({ idleMs: 1 });
    for (const picture of await Promise.all(Array.from({ length: 10 }, () => read())))
      expect(picture).toBeDefined();
    expect(failures).toEqual([]);
  });

  it('does not end with signals to all processes of a terminal', async () => {
    const { running } = await startPictures();
    const pid = await running();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal);
    expect(await running()).toBe(pid);
  });

  it('may be killed in the midst of a picture, which counts as unreadable; the next one is read', async () => {
    const { running, read, failures } = await startPictures();
    const pid = await running();
    process.kill(pid, 'SIGSTOP');
    const [hit, next] = [read(), read()];
    process.kill(pid, 'SIGKILL');
    expect(await hit).toBeUndefined();
    expect(await next).toMatchObject({ width: 400 });
    expect(failures).toEqual([expect.stringContaining('SIGKILL')]);
  });

  it('is killed when a picture takes too long; the next one is read', async () => {
    const { running, read, failures } = await startPictures({ timeLimitMs: 4000 });
    process.kill(await running(), 'SIGSTOP');
    const [hit, next] = [read(), read()];
    expect(await hit).toBeUndefined();
    expect(await next).toMatchObject({ width: 400 });
    expect(failures).toEqual(['took longer than 4000 ms']);
  });

  it('ends when it uses too much memory, and leaves no files', async () => {
    const { pictures, folder, save, failures } = await startPictures({ maxMemoryMb: 20 });
    const path = await save('large', plain(6000, 4000).jpeg());
    expect(await pictures.process(path, { keepMetadata: false })).toBeUndefined();
    expect(failures).toEqual([expect.stringContaining('SIGKILL')]);
    expect((await readdir(folder)).sort()).toEqual(['large', 'small']);
  });

  it('reads a photo of 50 megapixels within its memory, also one to be turned', async () => {
    const { pictures, save, failures } = await startPictures({ timeLimitMs: 120_000 });
    const path = await save('large', plain(8160, 6120).withMetadata({ orientation: 6 }).jpeg());
    expect(await pictures.process(path, { keepMetadata: false })).toMatchObject({
      width: 6120,
      height: 8160,
    });
    expect(failures).toEqual([]);
  }, 120_000);

  it('says why it cannot start', async () => {
    const failures: string[] = [];
    const process = createWorkerProcess({
      module: new URL('./no-such-module.js', import.meta.url),
      args: [],
      maxHeapMb: 64,
      timeLimitMs: 1000,
      idleMs: 1000,
      onFailure: (reason) => failures.push(reason),
    });
    await expect(process.ask({})).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
    expect(failures).toEqual([expect.stringMatching(/^ended with 1: .*Cannot find module/s)]);
  });

  it('ends with the server, even if that is killed', async () => {
    const module = new URL('../../dist/server/infra/files/pictures.js', import.meta.url);
    const { save } = await folderOfFiles();
    const program = `
      const { createPictures } = await import(${JSON.stringify(module.href)});
      await createPictures().process(process.argv[1], { keepMetadata: true });
      console.log('read');`;
    const args = ['--input-type=module', '-e', program, await save('a', plain(400, 300).png())];
    const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(server.stdout, 'data');
    const { pid = 0 } = server;
    const [child = 0] = processes(pid);
    expect(isReader(child)).toBe(true);
    server.kill('SIGKILL');
    await expect.poll(() => isReader(child)).toBe(false);
  });
});

describe('pictures that wait', () => {
  it('are read one at a time, in order of arrival', async () => {
    const { pictures, save } = await startPictures();
    const done: number[] = [];
    const sizes = [10, 900, 20, 800, 30, 700, 40];
    const paths = await Promise.all(sizes.map((size) => save(`${size}`, plain(size, size).png())));
    const read = await Promise.all(
      paths.map(async (path, index) => {
        const picture = await pictures.process(path, keep);
        done.push(index);
        return picture?.width;
      }),
    );
    expect(read).toEqual(sizes);
    expect(done).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(processes()).toHaveLength(1);
  });

  it('take turns by line', async () => {
    const { pictures, running, save } = await startPictures();
    const path = await save('a', plain(10, 10).png());
    await running();
    const done: string[] = [];
    await Promise.all(
      ['ada', 'ada', 'ada', 'bob'].map(async (line, index) => {
        await pictures.process(path, { ...keep, line });
        done.push(`${line} ${index}`);
      }),
    );
    expect(done).toEqual(['ada 0', 'ada 1', 'bob 3', 'ada 2']);
  });

  it('are refused when too many do', async () => {
    const { running, read } = await startPictures({ maxWaiting: 1 });
    await running();
    const accepted = [read(), read()];
    await expect(read()).rejects.toMatchObject({ reason: 'TOO_MANY_REQUESTS', retryAfterMs: 5000 });
    for (const picture of await Promise.all(accepted)) expect(picture).toBeDefined();
  });

  it('leave the queue when they are aborted, but not once they are being read', async () => {
    const { running, read } = await startPictures({ maxWaiting: 1 });
    const pid = await running();
    process.kill(pid, 'SIGSTOP');
    const [first, second] = [new AbortController(), new AbortController()];
    const reading = read(first.signal);
    const waiting = read(second.signal);
    first.abort();
    second.abort();
    await expect(waiting).rejects.toMatchObject({ reason: 'ABORTED' });
    await expect(read(AbortSignal.abort())).rejects.toMatchObject({ reason: 'ABORTED' });
    const next = read(); // there is room again
    expect(await stateOf(reading)).toBe('waiting');
    process.kill(pid, 'SIGCONT');
    expect(await reading).toBeDefined();
    expect(await next).toBeDefined();
  });
});

describe('close', () => {
  it('ends the process; what is being read, what waits and what comes later is refused', async () => {
    const { pictures, running, read, failures } = await startPictures();
    process.kill(await running(), 'SIGSTOP');
    const settled = Promise.allSettled([read(), read()]);
    await pictures.close();
    expect(processes()).toEqual([]);
    const refused = { status: 'rejected', reason: expect.objectContaining({ reason: 'UNAVAILABLE' }) };
    expect(await settled).toEqual([refused, refused]);
    await expect(read()).rejects.toMatchObject({ reason: 'UNAVAILABLE' });
    expect(failures).toEqual([]);
    expect(processes()).toEqual([]);
  });

  it('does nothing if there is no process, and nothing the second time', async () => {
    const { pictures } = await startPictures();
    await pictures.close();
    await pictures.close();
  });
});
