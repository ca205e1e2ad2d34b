import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { routes } from '../../src/rest-compat/routes.ts';
import { newHandle } from '../../src/server/services/identities/attempts.ts';
import {
  brokenBytes,
  type FuzzRequest,
  fuzzRequest,
  goodRequests,
  procedureNames,
} from '../support/fuzz-requests.ts';
import { startMirage } from '../support/harness.ts';
import { repetitions } from '../support/long-runs.ts';
import { createPipeline, exchange, type WireAnswer } from '../support/pipeline.ts';

const token = 'fuzz'.padEnd(43, 'x');
const inviteCode = 'A'.repeat(22);
const [verifyToken, resetToken] = ['V'.repeat(43), 'R'.repeat(43)];
const confirmedLogin = 'C'.repeat(43);
const issuer = {
  id: 'company',
  label: 'Company',
  url: 'https://login.example',
  clientId: 'mirage',
  clientSecret: undefined,
  scope: 'openid',
};
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

async function startFuzzed() {
  const warnings: Error[] = [];
  const warn = (warning: Error) => void warnings.push(warning);
  process.on('warning', warn);
  onTestFinished(() => void process.off('warning', warn));
  const mirage = await startMirage({ publicUrl: 'https://chat.example', oidc: [issuer] });
  const { deps } = mirage;
  // Nobody is asked.
  const person = { subject: 'fuzz', email: 'fuzz@example.com', emailVerified: true, names: ['fuzz'] };
  const answers = { begin: async () => 'https://login.example', confirm: async () => person };
  Object.assign(deps, { issuers: { all: [issuer], ...answers } });
  // Mails are stored, and never sent.
  Object.assign(deps, { mailer: { wake() {}, idle: async () => {} } });
  await mirage.user('fuzz', 'the right one');
  for (const username of ['somebody', 'a member']) await mirage.user(username, 'the right one');
  const messages = { ownMessageId: 1, inboxMessageId: 2, roomMessageId: '1-0' };
  const world = {
    token,
    sessionId: 0,
    accessTokenId: 0,
    roomId: 1,
    inviteId: 1,
    inviteCode,
    verifyToken,
    resetToken,
    begunLogin: '',
    confirmedLogin,
    identityId: 0,
    ...messages,
  };
  const { roomId } = world;

  /** Restores the sessions, the room, the membership and the messages that earlier requests may have ended, and deletes what they created.
   *  The next requests, whose ids are those of the world, are generated after it. */
  async function tidy() {
    for (const tokenHash of [sha256('another'), sha256(token)]) {
      const now = new Date(deps.clock());
      const lasting = { expiresAt: new Date(deps.clock() + 1e9), confirmedAt: now };
      const session = { tokenHash, username: 'fuzz', ...lasting };
      const { id } = await deps.db.session.upsert({ where: { tokenHash }, create: session, update: {} });
      if (tokenHash !== sha256(token)) world.sessionId = id;
    }
    await deps.db.mail.deleteMany();
    await deps.db.linkToken.deleteMany();
    const mailed = { username: 'somebody', email: 'somebody@example.com' };
    const expiresAt = new Date(deps.clock() + 1e9);
    await deps.db.linkToken.createMany({
      data: [
        { ...mailed, kind: 'verify', tokenHash: sha256(verifyToken), expiresAt },
        { ...mailed, kind: 'reset', tokenHash: sha256(resetToken), expiresAt },
      ],
    });
    await deps.db.oidcLogin.deleteMany();
    await deps.db.identity.deleteMany();
    world.begunLogin = await newHandle(deps, { issuer, username: undefined });
    const login = { issuerId: 'company', expiresAt };
    const { subject, email, emailVerified } = person;
    await deps.db.oidcLogin.create({
      data: { ...login, handleHash: sha256(confirmedLogin), subject, email, emailVerified },
    });
    const linked = { username: 'fuzz', issuer: 'https://other.example', subject };
    world.identityId = (await deps.db.identity.create({ data: linked })).id;
    await deps.db.session.deleteMany({ where: { scopes: { not: null } } });
    const lasting = { username: 'fuzz', scopes: 'chat:read', expiresAt: new Date(deps.clock() + 1e9) };
    world.accessTokenId = (await deps.db.session.create({ data: { ...lasting, tokenHash: 'any' } })).id;
    await deps.db.userBlock.deleteMany();
    await deps.db.inboxMessage.deleteMany();
    // They get new ids, since the old ones may have been deleted with their conversation.
    const tell = (sender: string) =>
      deps.db.inboxMessage.create({
        data: { sender, recipient: 'fuzz', text: 'hello', createdAt: new Date(deps.clock()) },
      });
    world.ownMessageId = (await tell('fuzz')).id;
    world.inboxMessageId = (await tell('somebody')).id;
    await deps.db.room.deleteMany({ where: { NOT: { id: roomId } } });
    const room = { name: 'general', isPrivate: false, passwordHash: null, slowModeSeconds: 0 };
    await deps.db.room.upsert({ where: { id: roomId }, create: { id: roomId, ...room }, update: room });
    // Two own the room, so that it mostly stays.
    for (const [username, role] of Object.entries({ fuzz: 'owner', somebody: 'owner', 'a member': 'member' }))
      await deps.db.roomMember.upsert({
        where: { roomId_username: { roomId, username } },
        create: { roomId, username, role },
        update: { role },
      });
    await deps.db.roomBan.deleteMany();
    await deps.db.roomInvite.deleteMany();
    const invite = { id: world.inviteId, roomId, codeHash: sha256(inviteCode), createdBy: 'fuzz' };
    await deps.db.roomInvite.create({ data: invite });
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

/** What is good there is another thing each time, or would be the last: `tests/auth` and `tests/leaving` have it. */
const needsMore =
  /auth\.(deleteAccount|finish(Login|Passkey|PasskeyLogin|Totp)|remove(Passkey|Totp)|newRecoveryCodes)\b/;

it('accepts what hostile requests are made of', async () => {
  const { url, world, tidy } = await startFuzzed();
  for (const request of goodRequests) {
    await tidy();
    const { bytes, describe, isStream } = request(world);
    if (isStream || needsMore.test(describe)) continue;
    const [answer] = await exchange(url, bytes);
    expect(answer?.status, `${describe}\n\n${answer?.body}`).toBeLessThan(300);
  }
});

const wanted = repetitions(20_000, 100_000);

it('answers hostile requests, pipelined, without a 5xx', async () => {
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

  // Few at a time: after one that ends the session, the others only get 401s.
  const batch = fc.array(
    fuzzRequest(world).filter(({ isStream }) => !isStream),
    { minLength: 64, maxLength: 64, size: 'max' },
  );
  await hold(
    fc.asyncProperty(batch, async (requests) => {
      const part = Math.ceil(requests.length / pipelines.length);
      await Promise.all(pipelines.map((_, n) => ask(n, requests.slice(n * part, (n + 1) * part))));
      await tidy();
    }),
    Math.ceil(wanted / 64),
  );
  for (const { close } of pipelines) close();

  expect(count).toBeGreaterThanOrEqual(wanted);
  // Some requests got through to every route and procedure.
  for (const { path } of routes.filter(({ path }) => !path.includes('{')))
    expect([...reached]).toContain(path);
  for (const name of procedureNames.filter((name) => !/\.on[A-Z]/.test(name) && !needsMore.test(name)))
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
      for (const answers of await Promise.all(all.map((bytes) => exchange(url, bytes))))
        for (const answer of answers) check(answer);
      await tidy();
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
      // Clients disconnect at once, whether they were accepted or not.
      for (const answers of await Promise.all(requests.map(({ bytes }) => exchange(url, bytes))))
        for (const answer of answers) check(answer);
      await tidy();
    }),
    40,
  );
  while (deps.hub.size > 0) await new Promise(setImmediate);
  expect(warnings).toEqual([]);
}, 600_000);
