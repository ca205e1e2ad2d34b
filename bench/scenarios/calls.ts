/** How each call of the API is made, so often that its cost can be measured. */
import { type Fresh, guest, type Kind, password, type World } from '../lib/world.ts';

export interface Call {
  /** What is sent: of the request with this number, and with what was made for it alone. */
  input?(world: World, request: number, fresh: Fresh): unknown;
  /** Whose call it is: of the user with this number, by default the first, or of whom something was made for. */
  by?: number | 'nobody' | 'fresh';
  /** Each request can be made once: it needs something of this kind, or an input that differs. */
  once?: Kind | 'input';
  /** Hashes a password, which is slow by design. Measured with few requests. */
  hashes?: true;
  /** The media type of an input that is not JSON. */
  type?: string;
  /** The status of the answer, if it is none of success. */
  status?: number;
  /** What is to be reached of what bare node:http does for the same CPU time. */
  atLeast?: number;
}

type Calls = Record<string, Call>;

const text = 'hello to everybody who is listening in here';
const emoji = '👍';
const boundary = 'of-the-benchmark';

const inRoom = ({ roomId }: World) => ({ roomId });
const newName = ({ turn }: World, request: number) => `new${turn}x${request}`;
/** A user whose inbox nobody lists. */
const recipient = ({ usernames }: World, request: number) => usernames[2 + (request % 19)];
const lastOf = ({ messageIds }: World) => messageIds.at(-1);
const messageOf = ({ roomId, messageIds }: World, request: number) => ({ roomId, id: messageIds[request] });
const onlyId = (_: World, __: number, { id }: Fresh) => ({ id });
const onlyRoomId = (_: World, __: number, { roomId }: Fresh) => ({ roomId });
/** The second room. */
const crowded = ({ roomIds }: World) => ({ roomId: roomIds[1] });

const credential = { id: 'unknown', rawId: 'unknown', type: 'public-key' };
const usedPasskey = {
  ...credential,
  response: { clientDataJSON: 'e30', authenticatorData: 'unknown', signature: 'unknown' },
};
const madePasskey = { ...credential, response: { clientDataJSON: 'e30', attestationObject: 'unknown' } };

/** The procedures by their paths; what is in parentheses tells one way of calling them from others. */
const procedures: Calls = {
  'auth.register': {
    by: 'nobody',
    hashes: true,
    input: (world, request) => ({
      username: newName(world, request),
      email: newName(world, request),
      password,
    }),
  },
  'auth.login': { by: 'nobody', hashes: true, input: () => ({ username: guest, password }) },
  'auth.logout': { by: 'fresh', once: 'session' },
  'auth.logoutEverywhere': { by: 'fresh', once: 'session' },
  'auth.listSessions (3)': { atLeast: 0.35 },
  'auth.revokeSession': { by: 'fresh', once: 'session', input: onlyId },
  'auth.startOidc (no issuer)': { by: 'nobody', status: 404, input: () => ({ issuer: 'company' }) },
  'auth.finishOidc (unknown)': {
    by: 'nobody',
    status: 404,
    input: () => ({ login: 'unknown', url: 'https://chat.example/oidc/company?code=x' }),
  },
  'auth.registerOidc (unknown)': {
    by: 'nobody',
    status: 404,
    input: (world, request) => ({ login: 'unknown', username: newName(world, request) }),
  },
  'auth.linkOidc (unknown)': { status: 404, input: () => ({ login: 'unknown' }) },
  'auth.listOidc': {},
  'auth.unlinkOidc (unknown)': { status: 404, input: () => ({ id: 1 }) },
  'auth.createToken': {
    by: 'fresh',
    once: 'session',
    input: () => ({ name: 'script', scopes: ['chat:read'] }),
  },
  'auth.listTokens (3)': {},
  'auth.revokeToken': { by: 'fresh', once: 'accessToken', input: onlyId },
  'auth.createTicket': {},
  'auth.me': { atLeast: 0.45 },
  'auth.changePassword': { by: 20, hashes: true, input: () => ({ newPassword: password }) },
  'auth.deleteAccount (no password)': { status: 403, input: () => ({}) },
  'auth.exportData': {},
  'auth.getExport': {},
  'auth.requestEmailVerification (no mail)': { status: 403 },
  'auth.verifyEmail (no link)': { by: 'nobody', status: 404, input: () => ({ token: 'unknown' }) },
  'auth.requestPasswordReset (no mail)': {
    by: 'nobody',
    status: 403,
    input: () => ({ email: 'nobody@example.com' }),
  },
  'auth.resetPassword (no link)': {
    by: 'nobody',
    status: 404,
    input: () => ({ token: 'unknown', newPassword: password }),
  },
  'auth.finishLogin (no challenge)': {
    by: 'nobody',
    status: 401,
    input: () => ({ challenge: 'unknown', code: '123456' }),
  },
  'auth.startPasskeyLogin': { by: 'nobody' },
  'auth.finishPasskeyLogin (unknown)': { by: 'nobody', status: 403, input: () => ({ passkey: usedPasskey }) },
  'auth.listFactors (none)': {},
  'auth.startTotp': { by: 'fresh', once: 'session', input: () => ({}) },
  'auth.finishTotp (not begun)': {
    by: 'fresh',
    once: 'session',
    status: 404,
    input: () => ({ code: '123456' }),
  },
  'auth.startPasskey': { by: 'fresh', once: 'session', input: () => ({}) },
  'auth.finishPasskey (not begun)': {
    by: 'fresh',
    once: 'session',
    status: 403,
    input: () => ({ name: 'Phone', passkey: madePasskey }),
  },
  'auth.removeTotp (none)': { by: 'fresh', once: 'session', status: 404 },
  'auth.removePasskey (none)': { by: 'fresh', once: 'session', status: 404, input: () => ({ id: 1 }) },
  'auth.newRecoveryCodes (none)': { by: 'fresh', once: 'session', status: 404 },
  'auth.startConfirm': {},
  'auth.confirm (wrong code)': { by: 20, status: 403, input: () => ({ code: 'wrong' }) },

  'users.count': { atLeast: 0.45 },
  'users.get': { input: () => ({ username: 'user1' }), atLeast: 0.45 },
  'users.updateProfile': { by: 2, input: (_, request) => ({ description: `about ${request}` }) },
  'users.setAvatar (none)': { by: 2, input: () => ({ fileId: null }) },
  'users.getPrivacy': {},
  'users.updatePrivacy': { by: 2, input: (_, request) => ({ readReceipts: request % 2 === 0 }) },
  'users.block (again)': { input: () => ({ username: 'crowd0' }) },
  'users.unblock (again)': { input: () => ({ username: 'crowd10' }) },
  'users.listBlocked (5)': {},
  'users.search (20)': { input: () => ({ prefix: 'user' }) },

  'server.info': {},

  'inbox.sendMessage': { by: 1, input: (world, request) => ({ recipient: recipient(world, request), text }) },
  'inbox.listMessages (50)': { atLeast: 0.2 },
  'inbox.listConversations (10)': {},
  'inbox.editMessage': {
    by: 1,
    input: ({ inboxId }, request) => ({ id: inboxId, text: `edited ${request}` }),
  },
  'inbox.deleteMessage': { by: 1, once: 'inboxMessage', input: onlyId },
  'inbox.clearConversation (again)': { by: 4, input: () => ({ with: 'user5' }) },
  'inbox.react': { by: 2, once: 'inboxMessage', input: (_, __, { id }) => ({ id, emoji }) },
  'inbox.unreact (again)': { by: 2, input: ({ inboxId }) => ({ id: inboxId, emoji }) },
  'inbox.countMessages': {},
  'inbox.markRead (nothing new)': { input: ({ lastReadId }) => ({ upTo: lastReadId }), atLeast: 0.35 },
  'inbox.markAllRead (nothing new)': {},
  'inbox.mute': { by: 2, input: () => ({ with: 'user1' }) },
  'inbox.unmute': { by: 2, input: () => ({ with: 'user1' }) },
  'inbox.setTyping': { by: 1, input: () => ({ to: 'user2', isTyping: true }) },
  'inbox.search (20)': { input: () => ({ query: 'everybody listening' }) },

  'chat.createRoom': { by: 1, once: 'input', input: (world, request) => ({ name: newName(world, request) }) },
  'chat.createRoom (private)': {
    by: 1,
    hashes: true,
    input: (world, request) => ({ name: newName(world, request), password }),
  },
  'chat.joinRoom (again)': { input: () => ({ name: 'bench' }) },
  'chat.leaveRoom': { by: 'fresh', once: 'membership', input: crowded },
  'chat.deleteRoom': { by: 1, once: 'room', input: onlyRoomId },
  'chat.listPublicRooms (5)': { atLeast: 0.4 },
  'chat.listJoinedRooms (5)': { atLeast: 0.4 },
  'chat.markRead (nothing new)': { input: (world) => ({ ...inRoom(world), upTo: lastOf(world) }) },
  'chat.mute': { by: 2, input: inRoom },
  'chat.unmute': { by: 2, input: inRoom },
  'chat.listMembers (21)': { input: inRoom, atLeast: 0.35 },
  'chat.sendMessage': { input: (world) => ({ ...inRoom(world), text }) },
  'chat.listMessages (100)': { input: inRoom, atLeast: 0.3 },
  'chat.history (50)': { input: inRoom },
  'chat.setTyping': { by: 2, input: (world) => ({ ...inRoom(world), isTyping: true }) },
  'chat.editMessage': {
    by: 1,
    input: (world, request) => ({ ...messageOf(world, request), text: `edited ${request}` }),
  },
  'chat.deleteMessage': { by: 1, once: 'input', input: messageOf },
  'chat.react': {
    by: 2,
    once: 'input',
    input: (world, request) => ({ ...messageOf(world, request), emoji }),
  },
  'chat.unreact (again)': { by: 2, input: (world) => ({ ...messageOf(world, 0), emoji }) },
  'chat.pinMessage (again)': { input: (world) => messageOf(world, 0) },
  'chat.unpinMessage (again)': { input: (world) => messageOf(world, 50) },
  'chat.listPins (5)': { input: inRoom },
  'chat.updateRoom': {
    input: ({ roomIds }, request) => ({ roomId: roomIds[3], topic: `about ${request}` }),
  },
  'chat.members (21)': { input: inRoom },
  'chat.setRole': {
    input: (world, request) => ({
      ...inRoom(world),
      username: 'user5',
      role: request % 2 === 0 ? 'moderator' : 'member',
    }),
  },
  'chat.transferOwnership': {
    by: 1,
    once: 'room',
    input: (_, __, { roomId }) => ({ roomId, username: 'user2' }),
  },
  'chat.removeMember': {
    once: 'membership',
    input: (world, _, { username }) => ({ ...crowded(world), username }),
  },
  'chat.listBans (5)': { input: inRoom },
  'chat.unban (again)': { input: (world) => ({ ...inRoom(world), username: 'crowd10' }) },
  'chat.createInvite': { once: 'input', input: ({ roomIds }) => ({ roomId: roomIds[2] }) },
  'chat.listInvites (1)': { input: inRoom },
  'chat.revokeInvite': { once: 'invite', input: onlyId },
  'chat.getInvite': { input: ({ inviteCode }) => ({ code: inviteCode }) },
  'chat.joinByInvite (again)': { input: ({ inviteCode }) => ({ code: inviteCode }) },
  'chat.search (20)': { input: (world) => ({ ...inRoom(world), query: 'everybody listening' }) },
};

/** The paths of the legacy API. What a path names in braces is taken from the input. */
const legacyPaths: Calls = {
  'POST /api/register': {
    by: 'nobody',
    hashes: true,
    input: (world, request) => ({
      username: `legacy ${newName(world, request)}`,
      email: `legacy ${newName(world, request)}`,
      password,
    }),
  },
  'POST /api/login': { by: 'nobody', hashes: true, input: () => ({ username: guest, password }) },
  'POST /api/logout': { by: 'nobody', once: 'session', input: (_, __, { token }) => ({ token }) },
  'GET /api/ping': { by: 'nobody' },
  'GET /api/usercount': { by: 'nobody', atLeast: 0.45 },
  'GET /api/user/{username}': { by: 'nobody', input: () => ({ username: 'user1' }), atLeast: 0.45 },
  'POST /api/user/settings': { by: 2, input: (_, request) => ({ description: `about ${request}` }) },
  'POST /api/send_inbox_message': {
    by: 1,
    input: (world, request) => ({ recipient: recipient(world, request), message: text }),
  },
  'GET /api/inbox (50)': {},
  'POST /api/delete_inbox_message': {
    by: 1,
    once: 'inboxMessage',
    input: (_, __, { id }) => ({ message_id: id }),
  },
  'GET /api/inbox_count': {},
  'POST /api/create_room': {
    by: 1,
    once: 'input',
    input: (world, request) => ({ room_name: newName(world, request) }),
  },
  'POST /api/create_room (private)': {
    by: 1,
    hashes: true,
    input: (world, request) => ({ room_name: newName(world, request), is_private: true, password }),
  },
  'POST /api/join_room (again)': { input: () => ({ name: 'bench' }), atLeast: 0.3 },
  'POST /api/send_room_message': { input: ({ roomId }) => ({ room_id: roomId, message: text }) },
  'GET /api/get_room_messages (100)': { input: ({ roomId }) => ({ room_id: roomId }) },
  'GET /api/rooms (5)': { atLeast: 0.4 },
  'GET /api/user_rooms (5)': { atLeast: 0.4 },
  'GET /api/room_members/{room_id} (21)': {
    input: ({ roomId }) => ({ room_id: roomId }),
    atLeast: 0.35,
  },
  'POST /api/upload_file': {
    type: `multipart/form-data; boundary=${boundary}`,
    input: ({ roomId }) =>
      [
        `--${boundary}`,
        'content-disposition: form-data; name="room_id"',
        '',
        roomId,
        `--${boundary}`,
        'content-disposition: form-data; name="file"; filename="note.txt"',
        'content-type: text/plain',
        '',
        text,
        `--${boundary}--`,
        '',
      ].join('\r\n'),
  },
};

/** What a server answers besides. */
const pages: Calls = {
  'GET /': { by: 'nobody', atLeast: 0.4 },
  'GET /nowhere (404)': { by: 'nobody', status: 404, atLeast: 0.4 },
  'GET /healthz': { by: 'nobody', atLeast: 0.4 },
};

export const calls: Calls = { ...procedures, ...legacyPaths, ...pages };

/** The path of a procedure, or the method and the path of anything else. */
export const pathOf = (name: string): string => name.replace(/ \(.*\)$/, '');

/** Throws with the names of the calls that are not in the table. */
export function requireAll(names: string[]): void {
  const known = new Set(Object.keys(calls).map(pathOf));
  const missing = names.filter((name) => !known.has(name));
  if (missing.length > 0) throw new Error(`bench/scenarios/calls.ts has no input for ${missing.join(', ')}`);
}
