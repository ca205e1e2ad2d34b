/** Generated from the docstrings of the routers by `npm run describe`. */
export const descriptions: Record<string, string> = {
  'auth.register':
    'Creates an account; log in next. The username is trimmed, has at most 100 characters and cannot be changed later. A description has at most 500 words. At most 60 accounts per hour can be created from one network address.',
  'auth.login':
    'Starts a new session and returns its token. The session expires after 30 days without use, unless the server is configured otherwise. `device` names it in the list of sessions. An unknown user and a wrong password give the same error.',
  'auth.logout': 'Ends only this session. Its subscriptions end with `UNAUTHORIZED`.',
  'auth.logoutEverywhere': 'Ends all sessions of the user, including this one.',
  'auth.listSessions':
    "The user's sessions, including this one, newest first. `lastUsedAt` is accurate to the hour.",
  'auth.revokeSession': "Ends one of the user's own sessions and its open subscriptions.",
  'auth.createTicket':
    'Issues a ticket that opens one event stream, once and within `expiresInMs`, where a browser cannot send the token.',
  'auth.me':
    "The caller's own profile, including the e-mail address. `avatarUrl` is null if none has been set.",
  'auth.changePassword':
    "Sets a new password and ends the user's other sessions. Clients should ask for the current password; it is checked only if given.",
  'users.count': 'The number of accounts.',
  'users.get': 'The public profile of a user. `avatarUrl` is null if none has been set.',
  'users.updateProfile':
    'Changes the given fields, leaves the others, and returns the updated profile. An empty `avatarUrl` removes the avatar.',
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
    'Sends a message to a user or to oneself: at most 16,384 characters, stored as written. It is on disk when the call returns. Repeating a `clientId` within 7 days returns the first message as it is now, or `{ id, deleted: true }`.',
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
    'Sends a message to a room: at most 16,384 characters, trimmed. Messages are held in memory for a limited time; in a kept room, one is on disk when the call returns. As long as it is there, repeating its `clientId` returns it again. `mentions` are members named with `@`, `mentionsRoom` says that an owner or moderator mentioned everyone with `@room`.',
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
  'server.info': 'The version of the server, and its limits that clients take into account.',
};
