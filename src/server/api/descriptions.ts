/** Generated from the docstrings of the routers by `npm run describe`. */
export const descriptions: Record<string, string> = {
  'auth.register':
    'Creates an account; log in next. The username is trimmed, has at most 100 characters and cannot be changed later. A description has at most 500 words. At most 60 accounts per hour can be created from one network address. A server that sends mail sends a link to verify the address.',
  'auth.login':
    'Starts a new session and returns its token. The session expires after 30 days without use, unless the server is configured otherwise. `device` names it in the list of sessions. An unknown user and a wrong password give the same error. Of an account with a second factor it returns a `challenge` and no token: continue with `auth.finishLogin`. A challenge without `methods` is for a user who has to set up a second factor first, with `auth.startTotp` or `auth.startPasskey`.',
  'auth.logout': 'Ends only this session. Its subscriptions end with `UNAUTHORIZED`.',
  'auth.logoutEverywhere': 'Ends all sessions of the user, including this one. Access tokens stay.',
  'auth.listSessions':
    "The user's sessions, including this one, newest first. `lastUsedAt` is accurate to the hour. `method` tells how the user logged in, such as `password`, `password+totp`, `passkey`, `oidc:` and the id of another service, or `host` for a session of the host; null for sessions from before 0.2.0.",
  'auth.revokeSession': "Ends one of the user's own sessions and its open subscriptions.",
  'auth.createToken':
    'Makes an access token, with which a program may call the procedures in its scopes, and `auth.me`. A scope is a router with `:read` for queries and subscriptions, or `:write` for mutations. The token is shown this once. Without `expiresAt` it is valid until it is revoked.',
  'auth.listTokens':
    "The user's access tokens that have not expired, newest first. `lastUsedAt` is accurate to the hour.",
  'auth.revokeToken': "Ends one of the user's own access tokens and its open subscriptions.",
  'auth.createTicket':
    'Issues a ticket that opens one event stream, once and within `expiresInMs`, where a browser cannot send the token.',
  'auth.me':
    "The caller's own profile, including the e-mail address. `avatarUrl` is null if none has been set. `pendingEmail` takes the place of the address once it is verified. `resetMailedAt` is when a link for a new password was last mailed to an address that nobody has verified.",
  'auth.changePassword':
    "Sets a new password, ends the user's other sessions, and gives up a change of the address under way; access tokens stay. Clients should ask for the current password; it is checked only if given.",
  'auth.requestEmailVerification':
    "Mails a link to the caller's address, or to the one that is to take its place. Does nothing if there is none to verify.",
  'auth.verifyEmail':
    'Verifies an address by the token of the link that was mailed to it, once and within a day. Needs no session.',
  'auth.requestPasswordReset':
    'Mails a link for a new password to each account that has the address. The answer is the same for an address that nobody has.',
  'auth.resetPassword':
    'Sets a new password by the token of the link that was mailed, once and within an hour, and ends all sessions of the account and a change of its address under way.',
  'auth.deleteAccount':
    "Deletes the caller's account for good: with the password, or without it in a session that began with more than a password at most five minutes ago. All sessions and access tokens end at once. Rooms are left, and pass to others where nobody else owned them; files go. What others have of the user is renamed, in the background, to `deleted-` and random characters. Nobody gets the name for 30 days.",
  'auth.exportData':
    "Has a ZIP archive made of everything that is the caller's own: profile, settings, messages, rooms, reactions, sessions and files. It is made in the background; `auth.getExport` tells how far it is. One that is being made is not begun again.",
  'auth.getExport':
    'The archive that the caller has asked for last, or null. One that is ready has a `url` for the next five minutes, and goes a day later.',
  'auth.startOidc':
    "Begins a log-in with another service, of those in `server.info`: open `url` in a browser. With `link` it is linked with the caller's account, which needs a session whose user has proved within 10 minutes who they are, unless one of this service is linked already: then it is such a proof. The service sends the browser back to an address of this server, with which `auth.finishOidc` goes on within `expiresInMs`.",
  'auth.finishOidc':
    "Goes on with `login` of `auth.startOidc`, once, when the browser has come back to `url`. `loggedIn`: there is a new session. `linked`: the caller's account has the log-in now; if it had it before, the caller has proved once more who they are. `new`: no account has it, so `auth.registerOidc` or `auth.linkOidc` goes on within ten minutes, with the `login` in this answer; `account` is who has the address that the service has verified, and `hasPassword` whether there is a password to log in to that account with.",
  'auth.registerOidc':
    'Makes an account without a password for a log-in that no account has, with the address that the service has given, and starts a session. The name is as in `auth.register`.',
  'auth.linkOidc':
    "Links a log-in that no account has with the caller's, whose e-mail address the service must have verified. Needs a session whose user has proved within 10 minutes who they are.",
  'auth.listOidc': "Whether the caller's account has a password, and the log-ins that are linked with it.",
  'auth.unlinkOidc':
    "Unlinks a log-in from the caller's account, and ends the other sessions that were begun with it. Needs a session whose user has proved within 10 minutes who they are.",
  'auth.finishLogin':
    'The second step of a log-in that was answered with a `challenge`: takes a `code` of the authenticator app or a recovery code, or a `passkey`. A challenge works once, for 5 minutes and 5 attempts, and not after the password has changed.',
  'auth.startPasskeyLogin':
    'What a browser needs to log in with a passkey in place of name and password. The same for everybody.',
  'auth.finishPasskeyLogin':
    'Starts a new session with a passkey that has verified its user, within 5 minutes and once.',
  'auth.listFactors': 'The second factors of the user, and how many recovery codes are left.',
  'auth.startTotp':
    'Begins to set up an authenticator app, by a `secret` or the `uri` of a QR code. Needs a session whose user has proved within 10 minutes who they are, or the `challenge` of a log-in that has no `methods` yet.',
  'auth.finishTotp':
    'Sets up the app by a code of it, within 15 minutes; it takes the place of another one. With the first second factor there are ten `recoveryCodes`, shown this once; with a `challenge` the `token` of a new session.',
  'auth.startPasskey': 'What a browser needs to make a passkey; see `startTotp`.',
  'auth.finishPasskey': 'Adds the passkey that was made, within 5 minutes; see `finishTotp`.',
  'auth.removeTotp': 'Removes the authenticator app.',
  'auth.removePasskey': "Removes one of the user's own passkeys.",
  'auth.newRecoveryCodes': 'Makes ten new recovery codes, shown this once; those from before end.',
  'auth.startConfirm':
    'How the user can prove who they are, for `auth.confirm`. Without any of the `methods`, log in again: with another service, `auth.startOidc` with `link` does as well.',
  'auth.confirm':
    'Proves who the user is, as `PROOF_REQUIRED` asks for: by a `code` or a `passkey` where there is a second factor, else by the `password`.',
  'users.count': 'The number of accounts.',
  'users.get': 'The public profile of a user. `avatarUrl` is null if none has been set.',
  'users.updateProfile':
    'Changes the given fields, leaves the others, and returns the updated profile. An empty `avatarUrl` removes the avatar, another one replaces it. Where the server sends mail, a new `email` becomes `pendingEmail` until it is verified, the present one is told, and giving the present one ends that. An access token cannot change it. With a second factor a new one needs a session whose user has proved within 10 minutes who they are.',
  'users.setAvatar':
    'Makes a square of 256 pixels of a picture that the caller has uploaded, shows it to everybody in place of the avatar before, and returns the updated profile. With null there is none.',
  'users.getPrivacy': "The caller's privacy settings.",
  'users.updatePrivacy':
    'Changes the given settings and returns all. `roommates` share a private room with the caller. With `readReceipts` off, others do not learn what the caller has read.',
  'users.block':
    'Keeps what a user writes from the caller, also after unblocking, and typing, receipts and presence from both. The user does not notice. Idempotent.',
  'users.unblock': 'Lets a user reach the caller again, with what follows. Idempotent.',
  'users.listBlocked': 'The users whom the caller has blocked, latest first.',
  'users.search':
    'Findable users whose names begin with `prefix` in any letter case, in alphabetical order; `limit` is 20 by default, at most 100.',
  'users.onPresence':
    "Who of these users, at most 500, is online, which is subscribed to anything: first the current state, then changes, as far as the caller may see them. Nobody is `typing`. A name that nobody has looks offline. The client's `applyPresence` applies them.",
  'inbox.sendMessage':
    'Sends a message to a user or to oneself: at most 16,384 characters, stored as written; with up to 10 `attachments`, ids of files that the caller has uploaded for that user, it may be empty. It is on disk when the call returns. Repeating a `clientId` within 7 days returns the first message as it is now, or `{ id, deleted: true }`.',
  'inbox.listMessages':
    'Messages sent and received, newest first, or only those exchanged `with` one user; `limit` is 50 by default, at most 500. `before` (or `cursor`) and `after` are ids; pass `nextCursor` to continue. A page may hold fewer than `limit`.',
  'inbox.listConversations':
    "The caller's conversations, latest activity first, or only the one `with` a user; `limit` is 50 by default, at most 200. Paging neither skips nor repeats conversations in which messages arrive meanwhile.",
  'inbox.editMessage': 'Replaces the text of a message that the caller sent.',
  'inbox.deleteMessage': 'Deletes a message for both users or, with the scope `me`, for the caller.',
  'inbox.clearConversation': 'Hides all messages so far of a conversation from the caller.',
  'inbox.react': 'Adds an emoji to a message. Idempotent.',
  'inbox.unreact': "Removes the caller's emoji from a message. Idempotent.",
  'inbox.countMessages':
    'The number of messages, of unread received messages, and of conversations with any.',
  'inbox.markRead':
    'Marks messages received up to `upTo` as read, in one conversation or in all. Marks only move forward.',
  'inbox.markAllRead': 'Marks all messages as read.',
  'inbox.mute': 'Turns off notifications of a conversation, `until` a time or for good.',
  'inbox.unmute': 'Turns on notifications of a conversation.',
  'inbox.setTyping':
    'Tells a user that the caller is typing. It expires after 6 s, or when a message arrives.',
  'inbox.search':
    'Messages with all words of `query` in them, whole or as parts of words, newest first or by `rank`; only those exchanged `with` one user if given. Case, accents and punctuation do not matter. `ranges` are in UTF-16 units of the text; `limit` is 20 by default, at most 100. A page may hold fewer; the last one has no `nextCursor`.',
  'inbox.onMessage':
    "Everything that happens in the caller's inbox. With `lastEventId`, first what happened since; a `gap` means that more was missed than is kept. Typing is not kept.",
  'chat.createRoom':
    'Creates a room with the caller as its owner and first member. It is private if a password is given. All texts are trimmed; a topic has at most 250 characters, a description 2,000. Its messages are held for a while, or stored until they expire or are deleted if `history` is `kept`.',
  'chat.joinRoom':
    'Joins a room by name; joining again changes nothing. A private room requires its password each time.',
  'chat.leaveRoom':
    "Leaves a room. The caller's subscriptions to it end with `NOT_A_MEMBER`. If nobody else owns the room, the moderator who joined first does from now on, or else the member who did; a room that everybody has left is deleted.",
  'chat.deleteRoom':
    'Deletes a room and its messages. Only its owners may. Subscriptions to it end with `ROOM_NOT_FOUND`.',
  'chat.listPublicRooms': 'All public rooms in order of creation, and whether the caller is a member.',
  'chat.listJoinedRooms':
    "The rooms the caller is a member of, including private ones, in order of joining, with the caller's role. `createdBy` is null if it is unknown; `unread` counts messages by others, of those that are held, `mentions` those of them that mention the caller; the text of `lastMessage` has at most 140 characters.",
  'chat.onRooms':
    "The caller's rooms, as `chat.listJoinedRooms` gives them, in one `state` event or several, the last with `complete`. Then what changes: `joined` and `updated` replace what was known of a room, `left` says why, `unread` comes at most ten times a second for a room, and `publicRooms` says that there are others than before. After a reconnection the state comes again.",
  'chat.markRead':
    'Marks the messages of a room up to and including the message `upTo` as read. Marks only move forward.',
  'chat.mute': 'Turns off notifications of a room, `until` a time or for good.',
  'chat.unmute': 'Turns on notifications of a room.',
  'chat.listMembers':
    'The 1,000 members of a room who joined first, in order of joining; `chat.members` lists all of them. Every user may list those of a public room, only members those of a private one.',
  'chat.sendMessage':
    'Sends a message to a room: at most 16,384 characters, trimmed; with up to 10 `attachments`, ids of files that the caller has uploaded for the room, it may be empty. Messages are held in memory for a limited time; in a kept room, one is on disk when the call returns. As long as it is there, repeating its `clientId` returns it again. `mentions` are members named with `@`, `mentionsRoom` says that an owner or moderator mentioned everyone with `@room`.',
  'chat.listMessages':
    'The messages of a room that are still held, oldest first; with `after`, the id of a message, only newer ones. Of more than 1 MB only the newest, and of a kept room as many as the server holds of all others (100 unless it is configured otherwise).',
  'chat.history':
    'Messages of a room, oldest first: the newest, or those next to the id `before`, `after` or `around`, of which one may be given; `limit` is 50 by default, at most 200. A page may hold fewer than `limit`. `chat.onMessage` continues from `position`.',
  'chat.onMessage':
    'The messages that `chat.listMessages` gives, then new ones, each once and in the order of their ids. `edited`, `deleted` and `reaction` tell of messages that have changed, and have ids of the same order. With `lastEventId`, the id of a message or an event or a position, only what is newer; of changes of a message only the latest. A `gap` event comes first if some messages or deletions are no longer held: list the messages again. A `pins` event says that other messages are pinned than before.',
  'chat.onPresence':
    "Who is present and who is typing: first the current state, then changes. The client's `applyPresence` applies them.",
  'chat.setTyping':
    'Tells the room that the caller is typing. It expires after 6 s, so repeat it while typing continues.',
  'chat.editMessage': 'Changes the text of a message that the caller sent, with its mentions.',
  'chat.deleteMessage':
    'Deletes a message for everyone, and its pin. Its sender may; owners and moderators may delete any.',
  'chat.react': 'Adds an emoji to a message. Idempotent.',
  'chat.unreact': "Removes the caller's emoji from a message. Idempotent.",
  'chat.pinMessage':
    'Pins a message. Owners and moderators may. Idempotent. A pin ends when its message is no longer held.',
  'chat.unpinMessage': 'Unpins a message. Owners and moderators may. Idempotent.',
  'chat.listPins':
    'The pinned messages of a room, the latest pin first: in one page unless they are larger than 1 MB; on the last page `nextCursor` is null. `chat.onMessage` has a `pins` event when they change, which is not repeated after a reconnection: list them again.',
  'chat.updateRoom':
    'Changes the given fields of a room, leaves the others, and returns the room. A password makes the room private, null makes it public. `slowModeSeconds`, at most 3,600, is how long members wait between two messages; 0 ends slow mode. `lifespanSeconds`, at most 10 years, is how long the messages of a kept room are kept; null for as long as the server keeps any. Owners change everything, moderators topic and slow mode.',
  'chat.members':
    'Members in order of joining, 100 a page unless `limit` says otherwise (at most 500); with `prefix`, those whose names begin with it in any letter case. A page may hold fewer than `limit`, even none; the last one is that without `nextCursor`. `total` counts all members. Every user may list those of a public room, only members those of a private one.',
  'chat.setRole':
    'Gives a member another role: `owner`, `moderator` or `member`. Only owners may, and of owners each only their own.',
  'chat.transferOwnership': 'Makes another member an owner, and the caller, who must be one, a moderator.',
  'chat.removeMember':
    'Ends the membership of somebody with a lower role, and with it their subscriptions. With `ban` they cannot come back, `until` a time or for good; that may also be somebody who is not in the room.',
  'chat.listBans':
    'Who is banned, by name, 100 a page unless `limit` says otherwise (at most 500). Bans that are over are not listed.',
  'chat.unban': 'Lets a banned user join again. Idempotent.',
  'chat.createInvite':
    'Creates an invitation, whose `code` lets `maxUses` users (at most 1,000,000) join for `expiresInSeconds` (at most a year); both are unlimited unless given. The code is shown only here.',
  'chat.listInvites': 'The invitations that can still be used, in order of creation, without their codes.',
  'chat.revokeInvite': 'Revokes an invitation, whose code nobody can use from then on.',
  'chat.getInvite': 'The name of the room that an invitation is for, and how many members it has.',
  'chat.joinByInvite':
    'Joins the room of an invitation, which needs no password; joining again changes nothing and uses nothing up.',
  'chat.search':
    'Messages with all words of `query` in them, whole or as parts of words, newest first: of one room, or of all that the caller is in now. Of kept rooms all messages, of others those that are still held. Case, accents and punctuation do not matter. `ranges` are in UTF-16 units of the text; `limit` is 20 by default, at most 100. A page may hold fewer; the last one has no `nextCursor`.',
  'server.info':
    'The version of the server, whether avatars from other servers are to be shown and mail is sent, and limits that clients take into account.',
};
