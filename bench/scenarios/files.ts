import { databasePath } from '../lib/folder.ts';
import type { People } from '../lib/people.ts';
import { type Child, start } from '../lib/process.ts';
import { number, type Section, spread, tableOf } from '../lib/report.ts';
import { type Figures, interleave, type Rounds, ratio, summary } from '../lib/series.ts';
import { connections, requestText } from './http-load.ts';
import { measureLatency } from './latency.ts';
import type { RunOptions } from './options.ts';

const megabyte = 2 ** 20;
/** As large as files may be by default. */
const fileBytes = 24 * megabyte;
/** Uploads at the same time. */
const many = 20;
/** How many callers at a time send messages beside them. */
const callerCounts = [1, 8, connections];
const callersNamed = (count: number) => (count === 1 ? 'one caller' : `${count} callers`);
/** Of each of them, beside which messages are sent, in bytes a second. */
const paceBytes = megabyte;

const bareUpload = 'bare node:http, hash and fsync: upload';
const upload = 'POST /files';
const formUpload = 'POST /files, as a form';
const barePipe = 'bare node:http, pipe: download';
const download = 'GET /files';

const environment = {
  FILE_QUOTA_USER: String(2 ** 40),
  FILE_QUOTA_TOTAL: String(2 ** 40),
  MAX_UPLOADS_PER_USER: String(many),
};

/** Uploads and downloads beside bare ones, what they take of memory, and how long messages wait beside them. */
export async function files(options: RunOptions): Promise<Section> {
  const load = await start('load', 'load/files.js');
  const plain = await start('server', 'servers/bare-files.js', {
    options: { folder: `${databasePath()}.files` },
    flags: ['--expose-gc'],
  });
  const mirage = await start('server', 'servers/mirage.js', {
    options: { databasePath: databasePath(), environment },
    flags: ['--expose-gc'],
  });
  const { tokens, roomId } = await mirage.call<People>('people');
  const token = tokens[0] ?? '';
  const toMirage = { port: mirage.ready.port, path: `/files?roomId=${roomId}`, token, bytes: fileBytes };
  const toPlain = { port: plain.ready.port, path: '/', bytes: fileBytes };

  const uploaders = {
    [bareUpload]: { server: plain, to: toPlain },
    [upload]: { server: mirage, to: toMirage },
    [formUpload]: { server: mirage, to: { ...toMirage, asForm: true } },
  };
  const growth = (name: keyof typeof uploaders, parallel: number) => {
    const { server, to } = uploaders[name];
    return measureGrowth({ load, server }, { ...to, parallel, count: parallel });
  };
  /** In processes that have not done this before. */
  const growths = async (parallel: number) => ({
    [bareUpload]: await growth(bareUpload, parallel),
    [upload]: await growth(upload, parallel),
  });
  const first = await growths(1);

  const { last } = await load.call<{ last: string }>('upload', { ...toMirage, parallel: 1, count: 3 });
  const { id } = JSON.parse(last) as { id: string }; // safe: what an upload is answered
  const url = await mirage.call<string>('attach', id);
  const count = options.quick ? 4 : 8;
  const sent = (name: keyof typeof uploaders) => async () => {
    const { server, to } = uploaders[name];
    const { rate } = await load.call<{ rate: number }>('upload', { ...to, parallel: 2, count });
    await server.call('discardFiles');
    return { rate };
  };
  const read = (server: Child, path: string) => () =>
    load.call<{ rate: number }>('download', { port: server.ready.port, path, count: 5 * count });
  // Apart from uploads, after which the disk is busy for a while.
  const downloads = await interleave(
    { [barePipe]: read(plain, '/'), [download]: read(mirage, url) },
    options.rounds,
  );
  const names = [bareUpload, upload, formUpload] as const;
  const forEach = <T>(measure: (name: keyof typeof uploaders) => T) =>
    Object.fromEntries(names.map((name) => [name, measure(name)]));
  // In many rounds, as it may depend on when garbage is collected.
  const later = await interleave(
    forEach((name) => async () => ({ mb: await growth(name, 1) })),
    2 * options.rounds + 5,
  );
  // Once: what a process has grown by is there for the next.
  const all = await growths(many);
  // After these collections of garbage, which leave little room in the heap, as in a server that has been running for long.
  const uploads = await interleave(forEach(sent), options.rounds);
  const rounds: Rounds = new Map([...uploads, ...downloads]);
  const waits = await measureWaits({ load, mirage }, { toMirage, toPlain, roomId, token }, options);
  for (const child of [load, plain, mirage]) await child.stop();

  const times = (name: string, reference: string) => ratio(rounds, 'rate', name, reference).median;
  return {
    title: 'Files',
    method:
      `Files of ${fileBytes / megabyte} MB of random bytes: two uploads at a time, each stored durably before the answer, and one ` +
      'download at a time. Memory is the highest RSS during the uploads beyond that before them, after a collection of garbage: for the ' +
      'first upload that the process receives, for one of those after it (median, lowest and highest), and for many at a time. Messages: ' +
      `${callerCounts.join(', ')} callers at a time, alone and beside ${many} uploads that are under way, of ${paceBytes / megabyte} MB/s each, and beside as many ` +
      'as fast as they can be.',
    tables: [
      tableOf(rounds, [{ head: 'MB/s', figure: 'rate' }]),
      {
        head: ['MB of RSS', 'first upload', 'later upload', `${many} uploads`],
        rows: [
          ...([bareUpload, upload] as const).map((name) => [
            name,
            ...[number(first[name]), spread(summary(later, name, 'mb')), number(all[name])],
          ]),
          [formUpload, '', spread(summary(later, formUpload, 'mb')), ''],
        ],
      },
      {
        head: ['chat.sendMessage, p99 in ms', ...callerCounts.map(callersNamed)],
        rows: (
          [
            ['alone', 'alone'],
            ['beside uploads at their pace', 'paced'],
            ['beside the same uploads to the bare server', 'elsewhere'],
            ['beside uploads as fast as they can be', 'full'],
            ['beside the same to the bare server', 'fullElsewhere'],
          ] as const
        ).map(([row, way]) => [
          row,
          ...callerCounts.map((count) => number(summary(waits, way, `${count}`).median)),
        ]),
      },
    ],
    targets: [
      { figure: `${upload} ÷ ${bareUpload}`, bound: { atLeast: 0.7 }, reached: times(upload, bareUpload) },
      { figure: `${download} ÷ ${barePipe}`, bound: { atLeast: 0.7 }, reached: times(download, barePipe) },
      {
        figure: `${formUpload} ÷ ${bareUpload}`,
        bound: { atLeast: 0.7 },
        reached: times(formUpload, bareUpload),
      },
      { figure: 'RSS of the first upload', bound: { atMost: 8 }, reached: first[upload], unit: ' MB' },
      {
        figure: 'RSS of one upload',
        bound: { atMost: 8 },
        reached: summary(later, upload, 'mb').median,
        unit: ' MB',
      },
      { figure: `RSS of ${many} uploads`, bound: { atMost: 64 }, reached: all[upload], unit: ' MB' },
      ...callerCounts
        .filter((count) => count > 1)
        .map((count) => ({
          figure: `chat.sendMessage beside ${many} uploads ÷ alone, p99, ${callersNamed(count)}`,
          bound: { atMost: 1.2 },
          reached: ratio(waits, `${count}`, 'paced', 'alone').median,
        })),
      {
        figure: 'the same, one caller',
        bound: { atMost: 1.2 },
        reached: ratio(waits, '1', 'paced', 'alone').median,
        otherwise:
          'Two cores are shared by the servers, by who uploads, and by who measures: see the next line. A piece of 64 KB takes Mirage some ' +
          '0.1 ms, half of it for its hash.',
      },
      {
        figure:
          'one caller beside these uploads ÷ beside the same uploads to the bare server, a process of its own',
        bound: { atMost: 1.2 },
        reached: ratio(waits, '1', 'paced', 'elsewhere').median,
      },
    ],
  };
}

/** By how many MB uploads raise the memory of a server. */
async function measureGrowth({ load, server }: { load: Child; server: Child }, uploads: object) {
  await server.call('collectGarbage');
  await server.call('watchMemory');
  await load.call('upload', uploads);
  const bytes = await server.call<number>('memoryGrowth');
  await server.call('discardFiles');
  return bytes / megabyte;
}

/** The 99th percentile of sending a message, in milliseconds. */
async function measureWaits(
  { load, mirage }: { load: Child; mirage: Child },
  { toMirage, toPlain, roomId, token }: { toMirage: object; toPlain: object; roomId: number; token: string },
  options: RunOptions,
) {
  const caller = await start('load', 'load/latencies.js');
  const body = { roomId, text: 'beside files' };
  const message = requestText({ method: 'POST', path: '/trpc/chat.sendMessage', token, body });
  // Long enough for about as many uploads to end in it as do on average.
  const seconds = 2 * options.seconds;
  const wait = async (callers: number) =>
    (await measureLatency(caller, mirage, message, { seconds, callers })).p99Ms;
  async function beside(uploads: object, callers: number): Promise<number> {
    await load.call('startUploading', { parallel: many, ...uploads });
    const waited = await wait(callers);
    await load.call('stopUploading');
    await mirage.call('discardFiles');
    await wait(callers); // until what was cut off has been cleared away
    return waited;
  }
  const pace = { bytesPerSecond: paceBytes };
  const ways = {
    alone: wait,
    paced: (callers: number) => beside({ ...toMirage, ...pace }, callers),
    elsewhere: (callers: number) => beside({ ...toPlain, ...pace }, callers),
    full: (callers: number) => beside(toMirage, callers),
    fullElsewhere: (callers: number) => beside(toPlain, callers),
  };
  const waits = await interleave(
    Object.fromEntries(
      Object.entries(ways).map(([name, measure]) => [
        name,
        async (): Promise<Figures> => {
          const figures: Figures = {};
          for (const count of callerCounts) figures[count] = await measure(count);
          return figures;
        },
      ]),
    ),
    options.rounds,
  );
  await caller.stop();
  return waits;
}
