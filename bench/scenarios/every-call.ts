import { databasePath } from '../lib/folder.ts';
import { type Child, start } from '../lib/process.ts';
import { type Section, tableOf } from '../lib/report.ts';
import { type Figures, interleave, summary } from '../lib/series.ts';
import { freshCount, type Kind, type World } from '../lib/world.ts';
import type { Run } from '../load/calls.ts';
import { type Call, calls, pathOf, requireAll } from './calls.ts';
import { connections, requestText } from './http-load.ts';
import type { RunOptions } from './options.ts';

interface Operations {
  procedures: Record<string, string>;
  routes: string[];
}

/** How many requests a round makes of a call that hashes a password. */
const hashed = 4;
/** How many of one that needs another input each time, of which some name one of 100 messages. */
const differing = 100;

/** The CPU time of each call of the API, beside that of bare node:http for the same request and as long an answer. */
export async function everyCall(options: RunOptions): Promise<Section> {
  const load = await start('load', 'load/calls.js');
  const plain = await start('server', 'servers/bare-http.js');
  const mirage = await openCalls(load, options);

  async function measure(name: string, call: Call): Promise<Figures> {
    const { requests, cpuUs, bodyBytes } = await mirage.measure(name, call);
    await plain.call('answerWith', bodyBytes);
    const bare = await measureRun(load, plain, { requests, seconds: options.seconds / 50 });
    return { cpuUs, bareUs: bare.cpuUs, share: bare.cpuUs / cpuUs };
  }

  const rounds = await interleave(
    Object.fromEntries(
      Object.entries(calls).map(([name, call]) => [titleOf(name, call), () => measure(name, call)]),
    ),
    options.rounds,
  );
  for (const child of [load, plain, mirage]) await child.stop();

  return {
    title: 'Every call',
    method:
      `${connections} connections, each of which sends its next request when the previous one is answered. Bare node:http is sent the same ` +
      'requests right after, and answers each with a body of the same size. A room has 21 members and 100 messages; the caller is in five ' +
      'rooms and has an inbox of 50 messages. What is in parentheses is how much is listed, or that the call finds its work done. A call ' +
      `that uses something up is made ${freshCount} times a round, one that needs another input each time ${differing} times, and one that ` +
      `hashes a password ${hashed} times. The others are measured for a moment, in which code that has not run for a while is slower, and ` +
      'those with a target four times as long.',
    tables: [
      tableOf(rounds, [
        { head: 'CPU µs', figure: 'cpuUs' },
        { head: 'bare, CPU µs', figure: 'bareUs' },
        { head: 'bare ÷ call', figure: 'share' },
      ]),
    ],
    targets: Object.entries(calls).flatMap(([name, { atLeast }]) =>
      atLeast === undefined
        ? []
        : [
            {
              figure: `bare node:http ÷ ${name}, CPU`,
              bound: { atLeast },
              reached: summary(rounds, name, 'share').median,
            },
          ],
    ),
  };
}

/** A server whose calls can be measured, with so many other users, their rooms and sessions. */
export async function openCalls(load: Child, { seconds }: Pick<RunOptions, 'seconds'>, others = 0) {
  const server = await start('server', 'servers/every-call.js', {
    options: { databasePath: databasePath(), others },
  });
  const { procedures, routes } = await server.call<Operations>('operations');
  const called = Object.keys(procedures).filter((path) => procedures[path] !== 'subscription');
  requireAll([...called, ...routes]);

  return {
    async measure(name: string, call: Call) {
      const kind: Kind | undefined = call.once === 'input' ? undefined : call.once;
      const world = await server.call<World>('prepare', kind);
      const requests = requestsOf(name, call, { world, procedures });
      const isOnce = call.once !== undefined || call.hashes;
      const measured = await measureRun(load, server, {
        requests,
        status: call.status,
        ...(!isOnce && { seconds: seconds / (call.atLeast === undefined ? 25 : 6) }),
      }).catch((error: unknown) => {
        throw new Error(`${name} cannot be measured`, { cause: error });
      });
      return { requests, ...measured };
    },
    stop: () => server.stop(),
  };
}

const titleOf = (name: string, { hashes }: Call) => (hashes ? `${name}, password hash` : name);

/** The server's CPU time for each request, also without that of other threads, and how many bytes it answers. */
async function measureRun(load: Child, server: Child, run: Run) {
  await load.call('open', { port: server.ready.port, connections });
  const before = await server.usage();
  const { count, bodyBytes } = await load.call<{ count: number; bodyBytes: number }>('run', run);
  const after = await server.usage();
  const each = (time: 'cpuUs' | 'mainThreadUs') => (after[time] - before[time]) / count;
  return { cpuUs: each('cpuUs'), mainThreadUs: each('mainThreadUs'), bodyBytes };
}

/** The requests of one round: all of them, or some that are repeated. */
function requestsOf(
  name: string,
  call: Call,
  { world, procedures }: { world: World; procedures: Operations['procedures'] },
): string[] {
  const { once } = call;
  const often = once === undefined ? connections : once === 'input' ? differing : freshCount;
  const count = call.hashes ? hashed : often;
  return Array.from({ length: count }, (_, request) => {
    const fresh = world.fresh[request] ?? {};
    const input = call.input?.(world, request, fresh);
    const { by = 0 } = call;
    const token = by === 'nobody' ? undefined : by === 'fresh' ? fresh.token : world.tokens[by];
    return requestText({ ...targetOf(pathOf(name), input, procedures), token, type: call.type });
  });
}

/** Method, path and body. */
function targetOf(name: string, input: unknown, procedures: Operations['procedures']) {
  const type = procedures[name];
  if (type === 'mutation') return { method: 'POST' as const, path: `/trpc/${name}`, body: input };
  if (type === 'query') {
    const query = input === undefined ? '' : `?input=${encodeURIComponent(JSON.stringify(input))}`;
    return { method: 'GET' as const, path: `/trpc/${name}${query}` };
  }
  const [method, template = ''] = name.split(' ');
  if (method === 'POST') return { method: 'POST' as const, path: template, body: input };
  const fields = new Map(Object.entries(input ?? {}).map(([field, value]) => [field, String(value)]));
  const path = template.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = fields.get(field) ?? '';
    fields.delete(field);
    return encodeURIComponent(value);
  });
  const query = new URLSearchParams([...fields]).toString();
  return { method: 'GET' as const, path: query === '' ? path : `${path}?${query}` };
}
