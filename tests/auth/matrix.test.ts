import { describe, expect, it } from 'vitest';
import { appRouter, createCaller } from '../../src/server/api/app-router.ts';
import { scopeOf } from '../../src/server/api/scope.ts';
import { scopes } from '../../src/server/api/scopes.ts';
import { createLink } from '../../src/server/services/mail/links.ts';
import { createAccessToken } from '../../src/server/services/sessions/access-tokens.ts';
import { startSession } from '../../src/server/services/sessions/sessions.ts';
import { createAuthenticator } from '../support/authenticator.ts';
import { cheapHash, startMirage } from '../support/harness.ts';
import { openSocket } from '../support/raw-socket.ts';
import { errorOf, openStream } from '../support/raw-stream.ts';

/** Without a session, or with one that does not count. */
const outsiders = ['no token', 'an invalid token', 'an expired token', 'a revoked token'] as const;
/** With a session. What is asked about is a room, and a message between its creator and its member. */
const insiders = ['another user', 'a former member', 'a member', 'the creator'] as const;

type Who = (typeof outsiders)[number] | (typeof insiders)[number];
type World = Awaited<ReturnType<typeof createWorld>>;

/** What callers get: 'ok' or the reason of the refusal; the four with a session in the order of above. */
interface Expected {
  outsiders: string;
  insiders: readonly [string, string, string, string];
}

const same = (outcome: string): Expected => ({
  outsiders: outcome,
  insiders: [outcome, outcome, outcome, outcome],
});
const insidersGet = (...outcomes: Expected['insiders']): Expected => ({
  outsiders: 'UNAUTHORIZED',
  insiders: outcomes,
});
const everybody = same('ok');
const users = insidersGet('ok', 'ok', 'ok', 'ok');
const members = insidersGet('NOT_A_MEMBER', 'NOT_A_MEMBER', 'ok', 'ok');
const creator = insidersGet('NOT_THE_CREATOR', 'NOT_THE_CREATOR', 'NOT_THE_CREATOR', 'ok');
/** The creator is the room's owner; a former member and another user are no members. */
const owner = insidersGet('NOT_A_MEMBER', 'NOT_A_MEMBER', 'ROLE_REQUIRED', 'ok');
const bothSides = insidersGet('MESSAGE_NOT_FOUND', 'MESSAGE_NOT_FOUND', 'ok', 'ok');

const inRoom = ({ roomId }: World) => ({ roomId });
const inVault = ({ vaultId }: World) => ({ roomId: vaultId });

type Row = [procedure: string, about: string, input: (world: World, who: Who) => unknown, expected: Expected];

const nothing = () => undefined;

/** Every procedure, and who may call it. */
const table: Row[] = [
  [
    'auth.register',
    'somebody new',
    (_, who) => ({ username: `new ${who}`, email: `new ${who}`, password: 'a new password' }),
    everybody,
  ],
  ['auth.login', 'with the password', () => ({ username: 'a member', password: 'right' }), everybody],
  [
    'auth.login',
    'with another password',
    () => ({ username: 'a member', password: 'wrong' }),
    same('INVALID_CREDENTIALS'),
  ],
  ['auth.logout', 'themselves', nothing, users],
  ['auth.logoutEverywhere', 'themselves', nothing, users],
  ['auth.listSessions', 'of themselves', nothing, users],
  [
    'auth.revokeSession',
    "of the room's member",
    ({ sessionId }) => ({ id: sessionId }),
    insidersGet('SESSION_NOT_FOUND', 'SESSION_NOT_FOUND', 'ok', 'SESSION_NOT_FOUND'),
  ],
  ['auth.createToken', 'for themselves', () => ({ name: 'script', scopes: ['chat:read'] }), users],
  ['auth.listTokens', 'of themselves', nothing, users],
  [
    'auth.revokeToken',
    "of the room's member",
    async ({ newAccessToken }) => ({ id: (await newAccessToken(['chat:read'])).id }),
    insidersGet('TOKEN_NOT_FOUND', 'TOKEN_NOT_FOUND', 'ok', 'TOKEN_NOT_FOUND'),
  ],
  ['auth.createTicket', 'for themselves', nothing, users],
  ['auth.me', 'themselves', nothing, users],
  [
    'auth.changePassword',
    'of themselves',
    () => ({ newPassword: 'a new password', currentPassword: 'right' }),
    users,
  ],
  [
    'auth.changePassword',
    'with a wrong one',
    () => ({ newPassword: 'a new password', currentPassword: 'wrong' }),
    insidersGet('WRONG_PASSWORD', 'WRONG_PASSWORD', 'WRONG_PASSWORD', 'WRONG_PASSWORD'),
  ],
  [
    'auth.requestEmailVerification',
    'where no mail is sent',
    nothing,
    insidersGet('MAIL_OFF', 'MAIL_OFF', 'MAIL_OFF', 'MAIL_OFF'),
  ],
  [
    'auth.deleteAccount',
    'with a wrong password',
    () => ({ password: 'wrong' }),
    insidersGet('WRONG_PASSWORD', 'WRONG_PASSWORD', 'WRONG_PASSWORD', 'WRONG_PASSWORD'),
  ],
  [
    'auth.deleteAccount',
    'without a password',
    () => ({}),
    insidersGet('PROOF_REQUIRED', 'PROOF_REQUIRED', 'PROOF_REQUIRED', 'PROOF_REQUIRED'),
  ],
  ['auth.deleteAccount', 'their own', () => ({ password: 'right' }), users],
  ['auth.exportData', 'their own', nothing, users],
  ['auth.getExport', 'their own', nothing, users],
  ['auth.verifyEmail', 'of somebody else', async ({ link }) => ({ token: await link('verify') }), everybody],
  ['auth.verifyEmail', 'with an unknown token', () => ({ token: 'unknown' }), same('LINK_EXPIRED')],
  ['auth.requestPasswordReset', 'where no mail is sent', () => ({ email: 'a member' }), same('MAIL_OFF')],
  [
    'auth.resetPassword',
    'of somebody else',
    async ({ link }) => ({ token: await link('reset'), newPassword: 'a new password' }),
    everybody,
  ],
  [
    'auth.resetPassword',
    'with an unknown token',
    () => ({ token: 'unknown', newPassword: 'a new password' }),
    same('LINK_EXPIRED'),
  ],
  [
    'auth.finishLogin',
    'of somebody else, with an unknown challenge',
    () => ({ challenge: 'unknown', code: '123456' }),
    same('CHALLENGE_EXPIRED'),
  ],
  ['auth.startPasskeyLogin', 'anybody', nothing, everybody],
  [
    'auth.finishPasskeyLogin',
    'with an unknown passkey',
    () => ({ passkey: createAuthenticator().use({ challenge: 'unknown' }) }),
    same('INVALID_PASSKEY'),
  ],
  ['auth.listFactors', 'of themselves', nothing, users],
  ['auth.startTotp', 'for themselves', () => ({}), users],
  ['auth.startTotp', 'by an unknown challenge', () => ({ challenge: 'unknown' }), same('CHALLENGE_EXPIRED')],
  [
    'auth.finishTotp',
    'that nobody has begun',
    () => ({ code: '123456' }),
    insidersGet('FACTOR_NOT_FOUND', 'FACTOR_NOT_FOUND', 'FACTOR_NOT_FOUND', 'FACTOR_NOT_FOUND'),
  ],
  ['auth.startPasskey', 'for themselves', () => ({}), users],
  [
    'auth.finishPasskey',
    'that nobody has asked for',
    () => ({ name: 'Phone', passkey: createAuthenticator().make({ challenge: 'unknown' }) }),
    insidersGet('INVALID_PASSKEY', 'INVALID_PASSKEY', 'INVALID_PASSKEY', 'INVALID_PASSKEY'),
  ],
  [
    'auth.removeTotp',
    "of the room's member",
    async ({ addTotp }) => void (await addTotp()),
    insidersGet('FACTOR_NOT_FOUND', 'FACTOR_NOT_FOUND', 'ok', 'FACTOR_NOT_FOUND'),
  ],
  [
    'auth.removePasskey',
    "of the room's member",
    async ({ addPasskey }) => ({ id: await addPasskey() }),
    insidersGet('FACTOR_NOT_FOUND', 'FACTOR_NOT_FOUND', 'ok', 'FACTOR_NOT_FOUND'),
  ],
  [
    'auth.newRecoveryCodes',
    "of the room's member",
    async ({ addTotp }) => void (await addTotp()),
    insidersGet('FACTOR_NOT_FOUND', 'FACTOR_NOT_FOUND', 'ok', 'FACTOR_NOT_FOUND'),
  ],
  ['auth.startConfirm', 'themselves', nothing, users],
  ['auth.confirm', 'themselves', () => ({ password: 'right' }), users],
  [
    'auth.confirm',
    'with a wrong password',
    () => ({ password: 'wrong' }),
    insidersGet('WRONG_PASSWORD', 'WRONG_PASSWORD', 'WRONG_PASSWORD', 'WRONG_PASSWORD'),
  ],
  [
    'auth.startOidc',
    'with a service that there is not',
    () => ({ issuer: 'company' }),
    same('ISSUER_NOT_FOUND'),
  ],
  [
    'auth.startOidc',
    'to link it',
    () => ({ issuer: 'company', link: true }),
    insidersGet('ISSUER_NOT_FOUND', 'ISSUER_NOT_FOUND', 'ISSUER_NOT_FOUND', 'ISSUER_NOT_FOUND'),
  ],
  [
    'auth.finishOidc',
    'that nobody has begun',
    () => ({ login: 'unknown', url: 'https://chat.example' }),
    same('LOGIN_EXPIRED'),
  ],
  [
    'auth.registerOidc',
    'that no service has confirmed',
    () => ({ login: 'unknown', username: 'somebody-new' }),
    same('LOGIN_EXPIRED'),
  ],
  [
    'auth.linkOidc',
    'that no service has confirmed',
    () => ({ login: 'unknown' }),
    insidersGet('LOGIN_EXPIRED', 'LOGIN_EXPIRED', 'LOGIN_EXPIRED', 'LOGIN_EXPIRED'),
  ],
  ['auth.listOidc', 'of themselves', nothing, users],
  [
    'auth.unlinkOidc',
    "of the room's member",
    async ({ deps }) => {
      const member = { issuer: 'https://login.example', subject: 'a member' };
      return deps.db.identity.upsert({
        where: { issuer_subject: member },
        create: { ...member, username: 'a member' },
        update: {},
        select: { id: true },
      });
    },
    insidersGet('IDENTITY_NOT_FOUND', 'IDENTITY_NOT_FOUND', 'ok', 'IDENTITY_NOT_FOUND'),
  ],
  ['users.count', 'all', nothing, everybody],
  ['users.get', 'somebody', () => ({ username: 'a member' }), everybody],
  ['users.updateProfile', 'of themselves', () => ({ description: 'hello' }), users],
  ['users.setAvatar', 'of themselves', () => ({ fileId: null }), users],
  ['users.getPrivacy', 'of themselves', nothing, users],
  ['users.updatePrivacy', 'of themselves', () => ({ findable: false }), users],
  [
    'users.block',
    "the room's member",
    () => ({ username: 'a member' }),
    insidersGet('ok', 'ok', 'INVALID_INPUT', 'ok'),
  ],
  ['users.unblock', "the room's member", () => ({ username: 'a member' }), users],
  ['users.listBlocked', 'of themselves', nothing, users],
  ['users.search', 'all', () => ({ prefix: 'a' }), users],
  ['users.onPresence', 'of somebody', () => ({ usernames: ['a member'] }), users],
  ['server.info', 'the server', nothing, everybody],
  [
    'inbox.sendMessage',
    'to somebody whom only roommates may write',
    async ({ deps }) => {
      await deps.db.user.update({ where: { username: 'a member' }, data: { whoMayWrite: 'roommates' } });
      return { recipient: 'a member', text: 'hello' };
    },
    insidersGet('RECIPIENT_UNAVAILABLE', 'RECIPIENT_UNAVAILABLE', 'ok', 'ok'),
  ],
  ['inbox.sendMessage', 'to somebody', () => ({ recipient: 'a member', text: 'hello' }), users],
  ['inbox.listMessages', 'of themselves', nothing, users],
  ['inbox.listConversations', 'of themselves', nothing, users],
  ['inbox.search', 'of themselves', () => ({ query: 'hello' }), users],
  ['inbox.countMessages', 'of themselves', nothing, users],
  ['inbox.markAllRead', 'of themselves', nothing, users],
  [
    'inbox.editMessage',
    'between two',
    async ({ newMessage }) => ({ id: await newMessage(), text: 'new' }),
    insidersGet('MESSAGE_NOT_FOUND', 'MESSAGE_NOT_FOUND', 'NOT_THE_SENDER', 'ok'),
  ],
  [
    'inbox.react',
    'between two',
    async ({ newMessage }) => ({ id: await newMessage(), emoji: '👍' }),
    bothSides,
  ],
  [
    'inbox.unreact',
    'between two',
    async ({ newMessage }) => ({ id: await newMessage(), emoji: '👍' }),
    bothSides,
  ],
  [
    'inbox.deleteMessage',
    'between two, for oneself',
    async ({ newMessage }) => ({ id: await newMessage(), scope: 'me' }),
    bothSides,
  ],
  ['inbox.clearConversation', 'of themselves', () => ({ with: 'a member' }), users],
  ['inbox.mute', 'of themselves', () => ({ with: 'a member' }), users],
  ['inbox.unmute', 'of themselves', () => ({ with: 'a member' }), users],
  ['inbox.setTyping', 'to somebody', () => ({ to: 'a member', isTyping: true }), users],
  ['inbox.markRead', 'of themselves', () => ({ upTo: 1 }), users],
  ['inbox.deleteMessage', 'between two', async ({ newMessage }) => ({ id: await newMessage() }), bothSides],
  ['inbox.onMessage', 'of themselves', () => ({}), users],
  ['chat.createRoom', 'of their own', (_, who) => ({ name: who }), users],
  ['chat.joinRoom', 'a public one', () => ({ name: 'general' }), users],
  [
    'chat.joinRoom',
    'a private one without its password',
    () => ({ name: 'vault' }),
    insidersGet('PASSWORD_REQUIRED', 'PASSWORD_REQUIRED', 'PASSWORD_REQUIRED', 'PASSWORD_REQUIRED'),
  ],
  [
    'chat.joinRoom',
    'a private one with another password',
    () => ({ name: 'vault', password: 'wrong' }),
    insidersGet('WRONG_PASSWORD', 'WRONG_PASSWORD', 'WRONG_PASSWORD', 'WRONG_PASSWORD'),
  ],
  ['chat.leaveRoom', 'that room', inRoom, members],
  ['chat.deleteRoom', 'that room', inRoom, creator],
  ['chat.listPublicRooms', 'all', nothing, users],
  ['chat.listJoinedRooms', 'of themselves', nothing, users],
  ['chat.listMembers', 'of a public room', inRoom, users],
  ['chat.listMembers', 'of a private room', inVault, members],
  ['chat.members', 'of a public room', inRoom, users],
  ['chat.members', 'of a private room', inVault, members],
  ['chat.updateRoom', 'the topic', (world) => ({ ...inRoom(world), topic: 'new' }), owner],
  ['chat.updateRoom', 'the name', (world) => ({ ...inVault(world), name: 'another name' }), owner],
  [
    'chat.setRole',
    'of its member',
    (world) => ({ ...inRoom(world), username: 'a member', role: 'moderator' }),
    owner,
  ],
  [
    'chat.removeMember',
    'somebody who is no member',
    (world) => ({ ...inRoom(world), username: 'a former member', ban: true }),
    insidersGet('NOT_A_MEMBER', 'INVALID_INPUT', 'ROLE_REQUIRED', 'ok'),
  ],
  [
    'chat.pinMessage',
    'one that is gone',
    (world) => ({ ...inRoom(world), id: '1-0' }),
    insidersGet('NOT_A_MEMBER', 'NOT_A_MEMBER', 'ROLE_REQUIRED', 'MESSAGE_NOT_FOUND'),
  ],
  ['chat.unpinMessage', 'any', (world) => ({ ...inRoom(world), id: '1-0' }), owner],
  ['chat.listPins', 'of that room', inRoom, members],
  [
    'chat.editMessage',
    'one that is gone',
    (world) => ({ ...inRoom(world), id: '1-0', text: 'hello' }),
    insidersGet('NOT_A_MEMBER', 'NOT_A_MEMBER', 'MESSAGE_NOT_FOUND', 'MESSAGE_NOT_FOUND'),
  ],
  [
    'chat.deleteMessage',
    'one that is gone',
    (world) => ({ ...inRoom(world), id: '1-0' }),
    insidersGet('NOT_A_MEMBER', 'NOT_A_MEMBER', 'MESSAGE_NOT_FOUND', 'MESSAGE_NOT_FOUND'),
  ],
  [
    'chat.react',
    'to one that is gone',
    (world) => ({ ...inRoom(world), id: '1-0', emoji: '👍' }),
    insidersGet('NOT_A_MEMBER', 'NOT_A_MEMBER', 'MESSAGE_NOT_FOUND', 'MESSAGE_NOT_FOUND'),
  ],
  [
    'chat.unreact',
    'to one that is gone',
    (world) => ({ ...inRoom(world), id: '1-0', emoji: '👍' }),
    insidersGet('NOT_A_MEMBER', 'NOT_A_MEMBER', 'MESSAGE_NOT_FOUND', 'MESSAGE_NOT_FOUND'),
  ],
  ['chat.search', 'in their rooms', () => ({ query: 'hello' }), users],
  ['chat.search', 'in that room', (world) => ({ ...inRoom(world), query: 'hello' }), members],
  ['chat.listBans', 'of that room', inRoom, owner],
  ['chat.unban', 'somebody', (world) => ({ ...inRoom(world), username: 'a former member' }), owner],
  [
    'chat.transferOwnership',
    'to its member',
    (world) => ({ ...inRoom(world), username: 'a member' }),
    insidersGet('NOT_A_MEMBER', 'NOT_A_MEMBER', 'INVALID_INPUT', 'ok'),
  ],
  ['chat.createInvite', 'to that room', inRoom, owner],
  ['chat.listInvites', 'to that room', inRoom, owner],
  [
    'chat.revokeInvite',
    'to a private room',
    async ({ invite }) => ({ id: (await invite()).id }),
    insidersGet('INVITE_NOT_FOUND', 'INVITE_NOT_FOUND', 'ROLE_REQUIRED', 'ok'),
  ],
  ['chat.getInvite', 'to a private room', async ({ invite }) => ({ code: (await invite()).code }), everybody],
  ['chat.getInvite', 'that is unknown', () => ({ code: 'unknown' }), same('INVITE_NOT_FOUND')],
  ['chat.joinByInvite', 'to a private room', async ({ invite }) => ({ code: (await invite()).code }), users],
  ['chat.sendMessage', 'to that room', (world) => ({ ...inRoom(world), text: 'hello' }), members],
  ['chat.sendMessage', 'to a private room', (world) => ({ ...inVault(world), text: 'hello' }), members],
  ['chat.listMessages', 'of that room', inRoom, members],
  ['chat.listMessages', 'of a private room', inVault, members],
  ['chat.history', 'of that room', inRoom, members],
  ['chat.history', 'of a private room', inVault, members],
  ['chat.onMessage', 'of that room', inRoom, members],
  ['chat.onMessage', 'of a private room', inVault, members],
  ['chat.onPresence', 'of that room', inRoom, members],
  ['chat.onRooms', 'of themselves', () => ({}), users],
  ['chat.markRead', 'that room', (world) => ({ ...inRoom(world), upTo: '1-0' }), members],
  ['chat.mute', 'that room', inRoom, members],
  ['chat.unmute', 'that room', inRoom, members],
  ['chat.setTyping', 'in that room', (world) => ({ ...inRoom(world), isTyping: true }), members],
];

const passwordHash = await cheapHash('right');

async function createWorld() {
  const { deps, clock, url } = await startMirage({ maxPublicRooms: 100 });
  const tokens: Partial<Record<Who, string>> = { 'an invalid token': 'A'.repeat(43) };
  const caller = (token: string | undefined) => createCaller({ deps, token, address: 'here' });
  const as = (who: Who) => caller(tokens[who]);
  async function newToken(username: string): Promise<string> {
    const token = await startSession(deps, { username, passwordHash, method: 'password' });
    await caller(token).auth.me(); // so that it is known without a look into the database
    return token ?? expect.fail('there is no session');
  }

  await deps.db.user.createMany({
    data: insiders.map((username) => ({ username, email: username, password: passwordHash })),
  });
  tokens['an expired token'] = await newToken('the creator');
  clock.advance(deps.config.sessionTtlMs);
  tokens['a revoked token'] = await newToken('the creator');
  for (const who of insiders) tokens[who] = await newToken(who);
  const revoked = (await as('a revoked token').auth.listSessions()).find(({ current }) => current);
  await as('the creator').auth.revokeSession({ id: revoked?.id ?? 0 });

  const { id: roomId } = await as('the creator').chat.createRoom({ name: 'general' });
  const { id: vaultId } = await deps.db.room.create({
    data: { name: 'vault', isPrivate: true, passwordHash, createdBy: 'the creator' },
  });
  await deps.db.roomMember.create({ data: { roomId: vaultId, username: 'the creator', role: 'owner' } });
  for (const who of ['a former member', 'a member'] as const) {
    await as(who).chat.joinRoom({ name: 'general' });
    await as(who).chat.joinRoom({ name: 'vault', password: 'right' });
    for (const id of [roomId, vaultId]) await as(who).chat.listMessages({ roomId: id });
  }
  for (const id of [roomId, vaultId]) await as('a former member').chat.leaveRoom({ roomId: id });

  const { id: sessionId } = await deps.db.session.findFirstOrThrow({ where: { username: 'a member' } });
  const newMessage = async () => {
    const sent = await as('the creator').inbox.sendMessage({ recipient: 'a member', text: 'between us' });
    return sent.id;
  };
  const invite = () => as('the creator').chat.createInvite({ roomId: vaultId });
  /** To somebody who asks nothing, as a new password ends sessions. */
  const link = async (kind: 'verify' | 'reset') => {
    await deps.db.user.upsert({
      where: { username: 'mailed' },
      create: { username: 'mailed', email: 'mailed', password: passwordHash },
      update: {},
    });
    return createLink(deps, { kind, username: 'mailed', email: 'mailed' });
  };
  const ofMember = { username: 'a member', createdAt: new Date(clock()) };
  const addTotp = async () => {
    await deps.db.totp.deleteMany();
    return deps.db.totp.create({
      data: { ...ofMember, secret: 'JBSWY3DP', confirmedAt: ofMember.createdAt },
    });
  };
  const addPasskey = async () => {
    await deps.db.passkey.deleteMany();
    const data = { ...ofMember, credentialId: 'some', publicKey: '', counter: 0n, name: 'Phone' };
    return (await deps.db.passkey.create({ data })).id;
  };
  /** One at a time, as a user may have so many. */
  const newAccessToken = async (scopes: string[]) => {
    await deps.db.session.deleteMany({ where: { device: 'script' } });
    return createAccessToken(deps, { username: 'a member', name: 'script', scopes });
  };
  return {
    deps,
    url,
    tokens,
    roomId,
    vaultId,
    sessionId,
    newMessage,
    invite,
    link,
    addTotp,
    addPasskey,
    newAccessToken,
  };
}

// safe: where tRPC keeps them, by their paths
const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
const typeOf = (procedure: string) =>
  procedures[procedure]?._def.type ?? expect.fail(`there is no ${procedure}`);

/** 'ok' or a reason. */
type Ask = (world: World, procedure: string, input: unknown, token: string | undefined) => Promise<string>;

const overHttp: Ask = async (world, procedure, input, token) => {
  const type = typeOf(procedure);
  if (type === 'subscription') {
    const { size } = world.deps.hub;
    const stream = await openStream(world.url, procedure, { input, ...(token && { token }) });
    const reason = () => errorOf(stream.events())?.data.reason;
    // A stream that is accepted may have nothing to say for long.
    while (world.deps.hub.size === size && reason() === undefined) await new Promise(setImmediate);
    stream.close();
    while (world.deps.hub.size > size) await new Promise(setImmediate);
    return reason() ?? 'ok';
  }
  const isQuery = type === 'query';
  const search = isQuery && input !== undefined ? `?input=${encodeURIComponent(JSON.stringify(input))}` : '';
  const response = await fetch(`${world.url}/trpc/${procedure}${search}`, {
    method: isQuery ? 'GET' : 'POST',
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(!isQuery && { 'content-type': 'application/json' }),
    },
    ...(!isQuery && input !== undefined && { body: JSON.stringify(input) }),
  });
  const { error } = (await response.json()) as { error?: { data: { reason: string; httpStatus: number } } };
  expect(response.status).toBe(error?.data.httpStatus ?? 200);
  return error?.data.reason ?? 'ok';
};

const overWebSocket: Ask = async ({ url }, procedure, input, token) => {
  const socket = await openSocket(url, token);
  socket.send({ id: 1, method: typeOf(procedure), params: { path: procedure, input } });
  await socket.until(() => socket.frames().some(({ id }) => id === 1));
  socket.socket.terminate();
  return socket.errors()[0]?.[1] ?? 'ok';
};

it('covers every procedure', () => {
  const named = new Set(table.map(([procedure]) => procedure));
  expect([...named].sort()).toEqual(Object.keys(procedures).sort());
});

/** What changes nothing, because it only reads or is refused to everybody, can share a world. */
const changesNothing = ([procedure, , , { outsiders: strangers, insiders: others }]: Row) =>
  typeOf(procedure) !== 'mutation' || ![strangers, ...others].includes('ok');

/** The outcomes for everybody, as they are and as the table has them. */
async function tryAll(world: World, [procedure, , input, expected]: Row, ask: Ask, usesTokens: boolean) {
  const scope = scopeOf(procedure, typeOf(procedure) as 'query'); // safe: as tRPC knows it
  const isPublic = expected.outsiders !== 'UNAUTHORIZED';
  // Access tokens open nothing of `auth` but `auth.me`, which they always open.
  const isForTokens = isPublic || !procedure.startsWith('auth.');
  const tokenFor = async (allowed: string[]) => (await world.newAccessToken(allowed)).token;
  const actual: Record<string, string> = {};
  const wanted: Record<string, string | undefined> = {
    ...Object.fromEntries(outsiders.map((who) => [who, expected.outsiders])),
    ...Object.fromEntries(insiders.map((who, index) => [who, expected.insiders[index]])),
  };
  if (!isPublic) {
    const others = scopes.filter((other) => !isForTokens || other !== scope);
    const asked = await input(world, 'another user');
    actual['another scope'] = await ask(world, procedure, asked, await tokenFor(others));
    wanted['another scope'] = procedure === 'auth.me' ? 'ok' : 'OUT_OF_SCOPE';
  }
  for (const who of [...outsiders, ...insiders]) {
    const hasToken = who === 'a member' && isForTokens && usesTokens;
    const token = hasToken ? await tokenFor([scope]) : world.tokens[who];
    actual[who] = await ask(world, procedure, await input(world, who), token);
  }
  return { actual, wanted };
}

// Members have a session over one, and an access token with the scope that is needed over the other.
describe.each([
  ['HTTP', overHttp, true],
  ['a WebSocket', overWebSocket, false],
] as const)('over %s', (_, ask, usesTokens) => {
  it('accepts calls that change nothing according to the table', async () => {
    const world = await createWorld();
    const actual: Record<string, object> = {};
    const wanted: Record<string, object> = {};
    for (const row of table.filter(changesNothing)) {
      const name = `${row[0]} (${row[1]})`;
      const outcomes = await tryAll(world, row, ask, usesTokens);
      actual[name] = outcomes.actual;
      wanted[name] = outcomes.wanted;
    }
    expect(actual).toEqual(wanted);
  }, 120_000);

  it.each(table.filter((row) => !changesNothing(row)))(
    'accepts calls of %s (%s) according to the table',
    async (...row) => {
      const { actual, wanted } = await tryAll(await createWorld(), row, ask, usesTokens);
      expect(actual).toEqual(wanted);
    },
  );
});
