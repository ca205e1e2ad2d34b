import type { Reason } from '../client/index.ts';
import { isolate, phrasesIn } from './words/phrases.ts';
import { translatable } from './words/translation.ts';

const { count, duration, fileSize, list } = phrasesIn('en', {
  year: ['year', 'years'],
  month: ['month', 'months'],
  week: ['week', 'weeks'],
  day: ['day', 'days'],
  hour: ['hour', 'hours'],
  minute: ['minute', 'minutes'],
  second: ['second', 'seconds'],
  byte: ['byte', 'bytes'],
});

/** By field of the call. */
const invalid: Partial<Record<string, string>> = {
  username: 'Invalid user name. It can have up to 100 characters and must not be empty.',
  email: 'Enter a valid email address.',
  password: 'Enter a password. It can have up to 16,384 characters.',
  newPassword: 'Enter a new password. It can have up to 16,384 characters.',
  currentPassword: 'Enter your current password.',
  name: 'Invalid room name. It can have up to 100 characters and must not be empty.',
  recipient: 'Invalid user name. It can have up to 100 characters and must not be empty.',
  text: 'A message can have up to 16,384 characters and must not be empty.',
  emoji: 'Enter exactly one emoji.',
  query: 'Enter a word to look for. It can have up to 200 characters.',
  avatarUrl: 'Enter the address of an image that starts with https://',
  description: 'Your description is too long. It can have up to 500 words.',
};

const reasons: Partial<Record<Reason, string>> & Record<'INVALID_INPUT', string> = {
  INVALID_INPUT: 'Invalid input. Check what you entered and try again.',
  DESCRIPTION_TOO_LONG: 'Your description is too long. It can have up to 500 words.',
  UNAUTHORIZED: 'Your session has ended. Log in again.',
  INVALID_CREDENTIALS: 'Wrong user name or password. Both are case-sensitive.',
  PROOF_REQUIRED: 'Log in again first, to show that it is you.',
  USER_NOT_FOUND: 'User not found. User names are case-sensitive.',
  EMAIL_NOT_VERIFIED: 'Confirm your email address first: open the link that was sent to it.',
  LINK_EXPIRED: 'This link is not valid, or no longer. Ask for a new one.',
  ISSUER_UNAVAILABLE: 'This log-in service does not answer. Try again later.',
  ISSUER_REFUSED: 'The log-in was not confirmed. Start again.',
  LOGIN_EXPIRED: 'This log-in is over. Start again.',
  IDENTITY_TAKEN: 'This log-in belongs to an account already.',
  ADDRESS_DIFFERS: 'The log-in service must have confirmed the email address of your account.',
  LAST_WAY_IN: 'You could not log in any more. Set a password first.',
  MAIL_OFF: 'This server sends no mail. Ask its administrator for help.',
  WEAK_PASSWORD: 'Choose another password: at least 8 characters, not a common one and not your name.',
  USERNAME_TAKEN: 'This user name is already taken. Choose another one.',
  EMAIL_TAKEN: 'An account with this email address already exists.',
  RECIPIENT_NOT_FOUND: 'User not found. User names are case-sensitive.',
  RECIPIENT_UNAVAILABLE: 'This user does not accept messages from you.',
  BLOCK_LIMIT: 'You have blocked as many users as this server allows. Unblock one first.',
  MESSAGE_NOT_FOUND: 'This message has already been deleted.',
  NOT_THE_SENDER: 'Only the sender of a message can edit it.',
  EDIT_WINDOW_OVER: 'It is too late to edit this message.',
  TOO_MANY_REACTIONS: 'You cannot add any more emoji to this message.',
  ROOM_NOT_FOUND: 'Room not found. It may have been deleted.',
  ROOM_NAME_TAKEN: 'A room with this name already exists. Choose another name.',
  KEPT_ROOMS_OFF: 'This server does not keep the messages of rooms. Create a room whose messages disappear.',
  PUBLIC_ROOM_LIMIT:
    'This server has reached its limit of public rooms. Set a password to make this room private, or try again later.',
  ROOM_LIMIT: 'You have created as many rooms as this server allows. Delete one first.',
  MEMBERSHIP_LIMIT: 'You are in as many rooms as this server allows. Leave one first.',
  ANSWER_TOO_LARGE: 'This is too much to show at once.',
  NOT_A_MEMBER: 'You are not a member of this room.',
  NOT_THE_CREATOR: 'Only an owner of the room can do this.',
  ROLE_REQUIRED: 'Your role in this room does not allow this.',
  LAST_OWNER: 'A room needs an owner. Make somebody else an owner first.',
  BAN_LIMIT: 'This room has as many bans as this server allows. Lift one first.',
  INVITE_LIMIT: 'This room has as many invitations as this server allows. Revoke one first.',
  PIN_LIMIT: 'This room has as many pinned messages as it can have. Unpin one first.',
  INVITE_NOT_FOUND: 'This invitation is not valid, or no longer.',
  SLOW_MODE: 'This room is in slow mode. Wait before you send another message.',
  PASSWORD_REQUIRED: 'This room is private. Enter its password.',
  WRONG_PASSWORD: 'Wrong password.',
  TOO_MANY_SUBSCRIPTIONS: 'Too many windows are open. Close some of them and reload.',
  TOO_SLOW: 'The connection was too slow to keep up. Reload to continue.',
  TOO_LARGE: 'This is too long to send.',
  FILE_NOT_FOUND: 'This file is no longer there. Attach it again.',
  FILE_TYPE_NOT_ALLOWED: 'This server does not accept files of this type.',
  NOT_A_PICTURE: 'This picture could not be read. Choose a JPEG, PNG, WebP, GIF or AVIF file.',
  FILE_QUOTA: 'There is no room left for your files. Delete messages with files first.',
  TOO_MANY_UPLOADS: 'Too many files are being uploaded. Wait until some are done.',
  FILES_OFF: 'This server does not accept files.',
  FILE_TOO_LARGE: 'This file is too large. Choose a smaller one.',
  STORAGE_FULL: 'The server has no room for more files. Contact its administrator.',
  USER_DISABLED: 'This account is disabled. Contact the administrator of this server.',
  MANAGED_BY_HOST: 'Your account is managed by the site that this chat is part of.',
  SESSION_NOT_FOUND: 'This session has already ended.',
  UNAVAILABLE: 'The server is temporarily unavailable. Try again in a moment.',
};

/** Every text of the user interface that is needed at once; others are with what is loaded later. In German they are in words/german.ts. */
export const text = translatable('text', {
  name: 'Mirage',
  tagline: 'Group rooms and private messages.',

  failures: {
    reasons,
    invalid,
    unreachable: 'The server cannot be reached. Check your connection and try again.',
    cookieRejected: 'Your browser blocks cookies for this page. Allow them and log in again.',
    liveRefused:
      'You are logged in, but the server refuses live updates for this page. Its administrator should check the proxy in front of it and the setting PUBLIC_URL.',
    unexpected: 'Something went wrong. Try again in a moment.',
    tooMany(seconds: number | undefined) {
      if (seconds === undefined) return 'Too many attempts. Try again later.';
      if (seconds < 90) return `Too many attempts. Try again in ${count(seconds, 'second', 'seconds')}.`;
      return `Too many attempts. Try again in ${count(Math.ceil(seconds / 60), 'minute', 'minutes')}.`;
    },
  },

  common: {
    cancel: 'Cancel',
    close: 'Close',
    back: 'Back',
    retry: 'Try again',
    loading: 'Loading…',
    optional: 'optional',
    unblock: 'Unblock',
    you: 'you',
    save: 'Save',
    saved: 'Saved.',
    duration,
    skip: 'Skip to content',
    crashed: 'Something went wrong on this page',
    crashedHint: 'Your drafts are saved. Reload the page to continue.',
    reload: 'Reload',
  },

  auth: {
    unreachable: 'The server cannot be reached',
    refused: 'Live updates are refused',
  },

  shell: {
    sections: 'Sections',
    rooms: 'Rooms',
    inbox: 'Inbox',
    settings: 'Settings',
    goTo: 'Go to a room or person',
    menu: (username: string) => `Menu of ${isolate(username)}`,
    keyboard: 'Keyboard shortcuts',
    logOut: 'Log out',
    theme: 'Appearance',
    themes: { system: 'System', light: 'Light', dark: 'Dark' },
    reconnecting: 'Connection lost. Reconnecting…',
    reconnected: 'Connected again.',
    unread: (number: number) => (number > 99 ? '99+' : String(number)),
    unreadLabel: (number: number) => count(number, 'unread message', 'unread messages'),
    mentionsLabel: (number: number) => count(number, 'mention', 'mentions'),
    logOutFailed: 'You could not be logged out',
  },

  rooms: {
    own: 'Your rooms',
    open: 'Public rooms',
    create: 'New room',
    join: 'Join',
    joinNamed: (name: string) => `Join ${isolate(name)}`,
    joinByName: 'Join by name',
    privateRoom: 'private',
    none: 'You have not joined any rooms',
    noneHint: 'Join a public room or create your own.',
    choose: 'Choose a room',
    chooseHint: 'Messages from all your rooms appear here as they are sent.',
    notMember: 'You are not in this room',
    notMemberHint: 'It may have been deleted, or you may have left it.',
    toRooms: 'Back to rooms',
    actions: 'Room menu',
    invite: 'Invite people',
    settings: 'Room settings',
    leave: 'Leave room',
    leaveTitle: (name: string) => `Leave ${isolate(name)}?`,
    leaveHint: 'You can join again at any time.',
    leavePrivateHint: 'You will need its password to join again.',
    leaveLastHint: 'You are its last member. The room and its messages will be permanently deleted.',
    remove: 'Delete room',
    removeTitle: (name: string) => `Delete ${isolate(name)}?`,
    removeHint: 'The room and its messages will be permanently deleted for everyone.',
    empty: 'No messages yet',
    emptyHint: 'Write the first message.',
    start: {
      ephemeral:
        'This room keeps only the latest messages, for a limited time. Earlier messages are no longer available.',
      kept: 'There are no earlier messages in this room.',
    },
    gap: 'Some messages are missing here. They are no longer available.',
    quoteLost: 'This message is no longer available.',
    ended: 'You no longer have access to this room',
    failed: 'The messages could not be loaded',
    listFailed: 'The rooms could not be loaded',
  },

  pins: {
    title: 'Pinned messages',
    pinned: 'Pinned',
    none: 'No message is pinned.',
    failed: 'The pinned messages could not be loaded',
    by: (username: string) => `Pinned by ${isolate(username)}`,
    show: 'Show in room',
    unpin: 'Unpin',
  },

  members: {
    title: 'Members',
    count: (members: number, online: number) => `${count(members, 'member', 'members')}, ${online} online`,
    status: (username: string, isOnline: boolean) =>
      `${isolate(username)}, ${isOnline ? 'online' : 'offline'}`,
    failed: 'The members could not be loaded.',
  },

  conversation: {
    messages: (name: string) => `Messages in ${isolate(name)}`,
    write: (name: string) => `Message to ${isolate(name)}`,
    placeholder: 'Write a message…',
    send: 'Send',
    sending: 'Sending…',
    sent: 'Sent',
    read: 'Read',
    notSent: 'Not sent.',
    notSentYet: 'Not sent yet',
    waiting: 'Not sent yet. It will be sent when the server can be reached.',
    throttled: 'Not sent yet. You are sending too fast; it will be sent in a moment.',
    unsent: 'Unsent messages',
    unsentHint: 'They could not be delivered. Copy what you want to keep.',
    retry: 'Try again',
    discard: 'Discard',
    unread: 'New',
    newMessages: (number: number) => count(number, 'new message', 'new messages'),
    toEnd: 'Jump to latest',
    older: 'Loading older messages…',
    tooLong: (over: number) => `${count(over, 'character', 'characters')} too many`,
    remaining: (left: number) => `${count(left, 'character', 'characters')} left`,
    announcement: (author: string, message: string) => `${isolate(author)}: ${isolate(message)}`,
    typing: (names: string[]) =>
      names.length > 3
        ? 'Several people are typing…'
        : `${list(names)} ${names.length === 1 ? 'is' : 'are'} typing…`,
    folded: 'Message from a user you have blocked.',
    unfold: 'Show',
    by: (author: string, time: string, isMentioned: boolean) =>
      `${isolate(author)}, ${time}${isMentioned ? ', mentions you' : ''}`,
    edited: 'edited',
    bot: 'bot',
    edit: 'Edit your message',
    editing: 'Edit message',
    replying: (author: string) => `Reply to ${isolate(author)}`,
    quoteGone: 'The original message was deleted.',
    showQuote: (author: string, message: string) =>
      `In reply to ${isolate(author)}: ${isolate(message)}. Show the original`,
    reactedBy: (emoji: string, names: string[]) => `${emoji} by ${list(names)}`,
  },

  files: {
    attach: 'Attach files',
    chosen: 'Files to send',
    size: fileSize,
    sentOf: (sent: number, total: number) => `${fileSize(Math.min(sent, total))} of ${fileSize(total)}`,
    progress: (name: string) => `Upload of ${isolate(name)}`,
    uploaded: (name: string) => `${isolate(name)} has been uploaded.`,
    failed: (name: string, why: string) => `${isolate(name)} could not be uploaded. ${why}`,
    tooSlow: 'The connection was too slow to upload this file.',
    retry: (name: string) => `Try again to upload ${isolate(name)}`,
    remove: (name: string) => `Remove ${isolate(name)}`,
    removeShort: 'Remove',
    drop: 'Drop files to attach them',
    tooMany: (most: number) => `A message can have up to ${most} files. The rest have been left out.`,
    lost: (names: string[]) =>
      `The page was reloaded before ${list(names)} ${names.length === 1 ? 'was' : 'were'} uploaded. Attach ${names.length === 1 ? 'it' : 'them'} again.`,
    sendsLater: 'Your message will be sent when its files have been uploaded.',
    gone: 'Its files are no longer on the server.',
    download: (name: string, bytes: number) => `Download ${isolate(name)}, ${fileSize(bytes)}`,
    downloadOriginal: 'Download original',
    previous: 'Previous picture',
    next: 'Next picture',
    place: (at: number, of: number) => `${at} of ${of}`,
  },

  inbox: {
    title: 'Conversations',
    compose: 'New message',
    none: 'No messages yet',
    noneHint: 'Send someone a message by user name.',
    choose: 'Choose a conversation',
    chooseHint: 'Private messages are kept until one of you deletes them.',
    older: 'Load older conversations',
    empty: 'No messages yet',
    emptyHint: 'Write the first message.',
    start: (name: string) => `This is the beginning of your conversation with ${isolate(name)}.`,
    failed: 'The messages could not be loaded',
    own: (message: string) => `You: ${isolate(message)}`,
    blocked: 'blocked',
    typing: 'typing…',
  },

  search: {
    label: 'Search messages',
    title: 'Search results',
    clear: 'Clear search',
    within: (name: string) => `In conversation with ${isolate(name)}`,
    everywhere: 'Search in all conversations',
    withinHint: (name: string) => `Enter a word to find it in your conversation with ${isolate(name)}.`,
    none: 'No messages found',
    noneHint: 'Try fewer words, or only a part of a word.',
    failed: 'The messages could not be searched',
    own: 'You: ',
    more: 'Show more results',
    loadingMore: 'Loading more results…',
    found: (number: number, hasMore: boolean) =>
      `${count(number, 'message', 'messages')} found${hasMore ? ', and there are more' : ''}`,
    gone: 'The message you chose has been deleted.',
  },

  roomSearch: {
    title: 'Search messages in rooms',
    open: 'Search messages',
    submit: 'Search',
    where: 'Where to search',
    here: (name: string) => `In ${isolate(name)}`,
    everywhere: 'In all your rooms',
    by: (name: string) => `${isolate(name)}: `,
  },

  /** The name is empty for changes by an administrator. */
  systemMessages: {
    joined: (name: string) => `${isolate(name)} joined the room.`,
    left: (name: string) => `${isolate(name)} left the room.`,
    removed: (name: string) => `${isolate(name)} was removed from the room.`,
    banned: (name: string) => `${isolate(name)} was banned from the room.`,
    renamed: (name: string, to: string) =>
      name === ''
        ? `The room was renamed to ${isolate(to)}.`
        : `${isolate(name)} renamed the room to ${isolate(to)}.`,
    topic: (name: string, to: string) => {
      if (to === '') return name === '' ? 'The topic was removed.' : `${isolate(name)} removed the topic.`;
      return name === ''
        ? `The topic was changed to “${isolate(to)}”.`
        : `${isolate(name)} changed the topic to “${isolate(to)}”.`;
    },
  },

  deleteDialog: {
    title: 'Delete this message?',
    alone: 'It will be permanently deleted.',
    inRoom: 'It will be permanently deleted for everyone in the room.',
    forBoth: (name: string) => `It will be permanently deleted for you and for ${isolate(name)}.`,
    forMe: (name: string) => `It will be permanently deleted for you. ${isolate(name)} will still have it.`,
    submit: 'Delete',
  },

  mute: {
    mute: 'Mute notifications',
    muteForHour: 'Mute for 1 hour',
    muteForHours: (hours: number) => `Mute for ${count(hours, 'hour', 'hours')}`,
    unmute: 'Unmute notifications',
    muted: 'muted',
  },

  conversationMenu: {
    title: 'Conversation menu',
    search: 'Search in this conversation',
    block: (name: string) => `Block ${isolate(name)}`,
    blockTitle: (name: string) => `Block ${isolate(name)}?`,
    blockHint: (name: string) =>
      `You will not get what ${isolate(name)} writes from now on, not even after unblocking. ${isolate(name)} will not be told.`,
    unblock: (name: string) => `Unblock ${isolate(name)}`,
    blocked: (name: string) => `You have blocked ${isolate(name)}.`,
    clear: 'Clear conversation',
    clearTitle: (name: string) => `Clear the conversation with ${isolate(name)}?`,
    clearHint: (name: string) =>
      `All messages will be permanently deleted for you. ${isolate(name)} will still have them.`,
  },

  profile: {
    show: (username: string) => `Profile of ${isolate(username)}`,
    title: 'Profile',
    since: (date: string) => `Member since ${date}`,
    noDescription: 'No description.',
    write: 'Send a message',
  },

  notifications: {
    inbox: (sender: string) => isolate(sender),
    room: (author: string, room: string) => `${isolate(author)} in ${isolate(room)}`,
  },
});
