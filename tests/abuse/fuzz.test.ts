import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { routes } from '../../src/rest-compat/routes.ts';
import { brokenBytes, type FuzzRequest, fuzzRequest, procedureNames } from '../support/fuzz-requests.ts';
import { startMirage } from '../support/harness.ts';
import { createPipeline, exchange, type WireAnswer } from '../support/pipeline.ts';

const token = 'fuzz'.padEnd(43, 'x');

async function startFuzzed() {
  const warnings: Error[] = [];
  const warn = (warning: Error) => void warnings.push(warning);
  process.on('warning', warn);
  onTestFinished(() => void process.off('warning', warn));
  const mirage = await startMirage();
  const { deps } = mirage;
  await mirage.user('fuzz', 'right');
  const world = { token, roomId: 1, roomMessageId: '1-0' };
  const { roomId } = world;

  /** Restores the session, the room, the membership and the messages that earlier requests may have ended, and deletes what they created. */
  async function tidy() {
    const tokenHash = createHash('sha256').update(token).digest('hex');
    const session = { tokenHash, username: 'fuzz', expiresAt: new Date(deps.clock() + 1e9) };
    await deps.db.session.upsert({ where: { tokenHash }, create: session, update: {} });
    await deps.db.inboxMessage.deleteMany();
    const message = { sender: 'fuzz', recipient: 'fuzz', text: 'hello', createdAt: new Date(deps.clock()) };
    await deps.db.inboxMessage.create({ data: { id: 1, ...message } });
    await deps.db.room.deleteMany({ where: { NOT: { id: roomId } } });
    const room = { name: 'general', isPrivate: false, passwordHash: null, slowModeSeconds: 0 };
    await deps.db.room.upsert({ where: { id: roomId }, create: { id: roomId, ...room }, update: room });
    // Both own the room, so that it mostly stays.
    for (const username of ['fuzz', 'somebody'])
      await deps.db.roomMember.upsert({
        where: { roomId_username: { roomId, username } },
        create: { roomId, username, role: 'owner' },
        update: { role: 'owner' },
      });
    await deps.db.roomBan.deleteMany();
    await deps.db.roomInvite.deleteMany();
    const said = await deps.roomMessages.append({ roomId, username: 'fuzz', text: 'hello' });
    world.roomMessageId = said.id;
  }
  await tidy();
  return { ...mirage, world, tidy, warnings };
}

/** Fails on a 5xx, on an error that is not JSON, and on internals in an error. */
function check({ status, headers, body }: WireAnswer, request?: FuzzRequest): void {
  const what = request?.describe ?? '';
  if (status >= 500 || status < 200) expect.fail(`${status} ${body.toString().slice(0, 300)}\n${what}`);
  if (request?.isInvalid && status < 400) expect.fail(`${status} for an invalid request\n${what}`);
  if (status < 400 || request?.isHead) return;
  if (!headers.get('content-type')?.startsWith('application/json'))
    expect.fail(`${status} without JSON\n${what}`);
  const text = body.toString();
  if (!text.startsWith('{') && !text.startsWith('[')) expect.fail(`${status} with "${text}"\n${what}`);
  const answer: unknown = JSON.parse(text);
  const first = Array.isArray(answer) ? answer.find((each) => 'error' in each) : answer;
  if (!first?.error) expect.fail(`${status} without an error: ${body.toString().slice(0, 200)}\n${what}`);
  if (/node_modules|\.ts:\d|SQLITE_|prisma/i.test(body.toString()))
    expect.fail(`an error reveals internals\n${what}`);
}

/** Reports only the seed and the path that reproduce a failure, not the generated values. */
async function hold<T>(property: fc.IAsyncProperty<T>, numRuns: number): Promise<void> {
  const { failed, seed, counterexamplePath, errorInstance } = await fc.check(property, {
    numRuns,
    endOnFailure: true,
  });
  if (failed) expect.fail(`seed ${seed}, path "${counterexamplePath}": ${String(errorInstance)}`);
}

const wanted = 100_000;

it('answers 100,000 hostile requests, pipelined, without a 5xx', async () => {
  const { url, deps, world, tidy, warnings } = await startFuzzed();
  const pipelines = Array.from({ length: 32 }, () => createPipeline(url));
  const reached = new Set<string>();
  const statuses: Record<number, number> = {};
  let count = 0;

  /** The server may close a connection after an error: unanswered requests are sent again over the next. */
  async function ask(index: number, requests: FuzzRequest[]): Promise<void> {
    for (let left = requests; left.length > 0; ) {
      const answers = await (pipelines[index] ?? expect.fail()).send(left);
      if (answers.length === 0) expect.fail(`not answered:\n${left[0]?.describe}`);
      for (const [n, answer] of answers.entries()) {
        check(answer, left[n]);
        statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
        if (answer.status < 300) reached.add(/(?<=^\w+ )[^?\s]+/.exec(left[n]?.describe ?? '')?.[0] ?? '');
      }
      count += answers.length;
      left = left.slice(answers.length);
    }
  }

  const batch = fc.array(
    fuzzRequest(world).filter(({ isStream }) => !isStream),
    { minLength: 250, maxLength: 250, size: 'max' },
  );
  await hold(
    fc.asyncProperty(batch, async (requests) => {
      await tidy();
      const part = Math.ceil(requests.length / pipelines.length);
      await Promise.all(pipelines.map((_, n) => ask(n, requests.slice(n * part, (n + 1) * part))));
    }),
    wanted / 250,
  );
  for (const { close } of pipelines) close();

  expect(count).toBeGreaterThanOrEqual(wanted);
  // Some requests got through to every route and procedure.
  for (const { path } of routes.filter(({ path }) => !path.includes('{')))
    expect([...reached]).toContain(path);
  for (const name of procedureNames.filter((name) => !/\.on[A-Z]/.test(name)))
    expect([...reached]).toContain(`/trpc/${name}`);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect('polluted' in {}).toBe(false);
  expect(warnings).toEqual([]);
  expect(deps.hub.size).toBe(0);
  expect(await (await fetch(`${url}/api/ping`)).json()).toEqual({ message: 'pong' });
}, 600_000);

it('answers malformed HTTP or closes the connection, and opens no stream for it', async () => {
  const { url, deps, world, tidy, warnings } = await startFuzzed();
  await hold(
    fc.asyncProperty(fc.array(brokenBytes(world), { minLength: 20, maxLength: 20 }), async (all) => {
      await tidy();
      for (const answers of await Promise.all(all.map((bytes) => exchange(url, bytes))))
        for (const answer of answers) check(answer);
    }),
    250,
  );
  expect(deps.hub.size).toBe(0);
  expect(warnings).toEqual([]);
}, 600_000);

it('leaks no subscription of a hostile request', async () => {
  const { url, deps, world, tidy, warnings } = await startFuzzed();
  const streams = fuzzRequest(world).filter(({ isStream }) => isStream);
  await hold(
    fc.asyncProperty(fc.array(streams, { minLength: 25, maxLength: 25 }), async (requests) => {
      await tidy();
      // Clients disconnect at once, whether they were accepted or not.
      for (const answers of await Promise.all(requests.map(({ bytes }) => exchange(url, bytes))))
        for (const answer of answers) check(answer);
    }),
    40,
  );
  while (deps.hub.size > 0) await new Promise(setImmediate);
  expect(warnings).toEqual([]);
}, 600_000);
