import type { Reason } from '../client/index.ts';

/** All words that readers get to see, and nothing but words: whoever translates the client translates this file. */

const count = (number: number, one: string, more: string) => `${number} ${number === 1 ? one : more}`;

function list(names: string[]): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(names);
}

const reasons: Partial<Record<Reason, string>> = {
  INVALID_INPUT:
    'This cannot be taken as it is. Names have at most 100 characters, texts at most 16,384, and neither may be empty.',
  DESCRIPTION_TOO_LONG: 'A description has at most 500 words. Shorten it a little.',
  UNAUTHORIZED: 'Your session has ended. Log in again.',
  INVALID_CREDENTIALS: 'Unknown user name or wrong password. Both are case-sensitive.',
  USER_NOT_FOUND: 'There is nobody of this name. Names are case-sensitive.',
  USERNAME_TAKEN: 'This user name is taken. Choose another one.',
  EMAIL_TAKEN: 'There is an account with this email address already.',
  RECIPIENT_NOT_FOUND: 'There is nobody of this name. Names are case-sensitive.',
  MESSAGE_NOT_FOUND: 'This message has been deleted already.',
  ROOM_NOT_FOUND: 'There is no room of this name. It may have been deleted.',
  ROOM_NAME_TAKEN: 'There is a room of this name already. Choose another one.',
  PUBLIC_ROOM_LIMIT:
    'There are as many public rooms as this server allows. Set a password to make this one private, or wait until another is deleted.',
  NOT_A_MEMBER: 'You are not in this room.',
  NOT_THE_CREATOR: 'Only who created the room can do this.',
  PASSWORD_REQUIRED: 'This room is private. It asks for its password.',
  WRONG_PASSWORD: 'This is not the right password.',
  TOO_MANY_SUBSCRIPTIONS: 'Too many windows are open at once. Close some of them and reload.',
  TOO_SLOW: 'The connection was too slow to keep up. Reload to go on.',
  TOO_LARGE: 'This is too long to send.',
  USER_DISABLED: 'This account is disabled. Ask whoever runs this server.',
  MANAGED_BY_HOST: 'Your account is managed by the site that this chat is part of.',
  SESSION_NOT_FOUND: 'This session has ended already.',
  UNAVAILABLE: 'The server cannot do this at the moment. Try again soon.',
};

export const text = {
  name: 'Mirage',
  tagline: 'Rooms for many, an inbox for two.',

  failures: {
    reasons,
    lost: 'The server cannot be reached. Check your connection and try again.',
    unforeseen: 'Something went wrong on the server. Try again in a moment.',
    tooMany(seconds: number | undefined) {
      if (seconds === undefined) return 'Too many attempts. Wait a little before the next one.';
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
    you: 'you',
    save: 'Save',
    saved: 'Saved.',
    skip: 'Skip to content',
    broken: 'Something is wrong with this page',
    brokenHint: 'What you have written is kept. Reload the page to go on.',
    reload: 'Reload',
  },

  entry: {
    logIn: 'Log in',
    loggingIn: 'Logging in…',
    register: 'Create account',
    registering: 'Creating your account…',
    welcomeBack: 'Welcome back',
    welcome: 'Create your account',
    toRegister: 'New here?',
    toLogIn: 'Have an account already?',
    username: 'User name',
    usernameHint: 'Others find you by it. It cannot be changed later.',
    email: 'Email address',
    emailHint: 'Shown to nobody else.',
    password: 'Password',
    expired: 'Your session has ended. Log in to go on where you were.',
    unreachable: 'The server cannot be reached',
  },

  shell: {
    sections: 'Sections',
    rooms: 'Rooms',
    inbox: 'Inbox',
    settings: 'Settings',
    menu: (username: string) => `Menu of ${username}`,
    logOut: 'Log out',
    theme: 'Appearance',
    themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
    reconnecting: 'Connection lost. Reconnecting …',
    reconnected: 'Connected again.',
    unread: (number: number) => (number > 99 ? '99+' : String(number)),
    unreadLabel: (number: number) => count(number, 'unread message', 'unread messages'),
    logOutFailed: 'You are not logged out',
  },

  rooms: {
    own: 'Your rooms',
    open: 'Open to everybody',
    create: 'New room',
    join: 'Join',
    joinNamed: (name: string) => `Join ${name}`,
    joinByName: 'Join by name',
    privateRoom: 'private',
    none: 'You are in no room yet',
    noneHint: 'Join one that is open to everybody, or make your own.',
    choose: 'Choose a room',
    chooseHint: 'Messages of all your rooms arrive here, as they are written.',
    notIn: 'You are not in this room',
    notInHint: 'It may have been deleted, or you have left it.',
    toRooms: 'Back to the rooms',
    actions: 'Room menu',
    leave: 'Leave room',
    leaveTitle: (name: string) => `Leave ${name}?`,
    leaveHint: 'You can come back at any time.',
    leavePrivateHint: 'To come back you will need its password.',
    remove: 'Delete room',
    removeTitle: (name: string) => `Delete ${name}?`,
    removeHint: 'The room and its messages are gone for everybody, at once and for good.',
    empty: 'Nothing said yet',
    emptyHint: 'Write the first message.',
    start: 'Rooms hold the latest messages only, and for some hours. What came before is gone.',
    gap: 'Some messages are missing here: they were gone before they could be loaded.',
    ended: 'This room is closed to you',
    failed: 'The messages could not be loaded',
  },

  createRoom: {
    title: 'New room',
    hint: 'Everybody can find and join a public room. A private one is opened by its name and password.',
    name: 'Name',
    kind: 'Who may join?',
    everybody: 'Everybody',
    withPassword: 'Whoever knows the password',
    password: 'Password of the room',
    passwordHint: 'Tell it to those you invite.',
    submit: 'Create room',
  },

  joinRoom: {
    title: 'Join a room',
    hint: 'Private rooms are on no list. Ask a member for the name and the password.',
    name: 'Name of the room',
    password: 'Password',
    passwordHint: 'Leave it empty for a public room.',
    submit: 'Join room',
  },

  members: {
    title: 'Members',
    count: (members: number, online: number) => `${count(members, 'member', 'members')}, ${online} online`,
    online: 'online',
    offline: 'offline',
    failed: 'The members could not be loaded.',
  },

  conversation: {
    messages: (name: string) => `Messages in ${name}`,
    write: (name: string) => `Message to ${name}`,
    placeholder: 'Write a message…',
    send: 'Send',
    sending: 'Sending…',
    sent: 'Sent',
    read: 'Read',
    notSent: 'Not sent.',
    retry: 'Try again',
    discard: 'Discard',
    unread: 'New',
    newMessages: (number: number) => count(number, 'new message', 'new messages'),
    toEnd: 'To the newest message',
    older: 'Loading older messages…',
    tooLong: (over: number) => `${count(over, 'character', 'characters')} too many`,
    remaining: (left: number) => `${count(left, 'character', 'characters')} left`,
    said: (author: string, message: string) => `${author}: ${message}`,
    typing: (names: string[]) =>
      names.length > 3
        ? 'Several people are typing…'
        : `${list(names)} ${names.length === 1 ? 'is' : 'are'} typing…`,
    by: (author: string, time: string) => `${author}, ${time}`,
  },

  inbox: {
    title: 'Conversations',
    compose: 'New message',
    none: 'No messages yet',
    noneHint: 'Write to somebody by their user name.',
    choose: 'Choose a conversation',
    chooseHint: 'Private messages are kept until one of you deletes them.',
    empty: 'No messages between you',
    emptyHint: 'Write the first one.',
    start: (name: string) => `This is where your conversation with ${name} begins.`,
    failed: 'The messages could not be loaded',
    own: (message: string) => `You: ${message}`,
    remove: 'Delete message',
    removeTitle: 'Delete this message?',
    removeHint: (name: string) => `It will be gone for you and for ${name}, at once and for good.`,
    removeSubmit: 'Delete',
  },

  compose: {
    title: 'New message',
    hint: 'It goes to nobody but the recipient.',
    recipient: 'To (user name)',
    message: 'Message',
    submit: 'Send message',
  },

  person: {
    show: (username: string) => `Profile of ${username}`,
    title: 'Profile',
    since: (date: string) => `Here since ${date}`,
    noDescription: 'No description.',
    write: 'Send a message',
  },

  settings: {
    title: 'Settings',
    profile: 'Profile',
    profileHint: 'What others see of you.',
    avatar: 'Picture',
    avatarHint: 'The https address of a picture. Whoever sees it loads it from there.',
    avatarWrong: 'The address of a picture begins with https://',
    description: 'About you',
    words: (number: number) => `${number} of 500 words`,
    email: 'Email address',
    password: 'Password',
    passwordHint: 'A new password logs you out on all other devices.',
    currentPassword: 'Current password',
    newPassword: 'New password',
    changePassword: 'Change password',
    passwordChanged: 'Your password is changed, and you are logged out everywhere else.',
    appearance: 'Appearance',
    appearanceHint: 'Kept in this browser.',
    notifications: 'Notifications',
    notificationsHint: 'A note on your desktop when a message comes while you look elsewhere.',
    notify: 'Notify me',
    notifyDenied: 'Your browser does not allow it. You can change that in its settings for this site.',
    notifyUnavailable: 'Your browser has no notifications.',
    session: 'Sessions',
    sessionHint: 'Where you are logged in, until you log out or stay away for long.',
    sessions: 'Where you are logged in',
    unknownDevice: 'Another program',
    thisDevice: 'this device',
    loggedIn: 'Logged in',
    lastUsed: 'last used',
    endSession: (device: string) => `Log out ${device}`,
    logOutEverywhere: 'Log out everywhere',
    logOutEverywhereTitle: 'Log out everywhere?',
    logOutEverywhereHint: 'All your sessions end, on this device too.',
    failed: 'Your profile could not be loaded',
  },

  notifications: {
    inbox: (sender: string) => sender,
    room: (author: string, room: string) => `${author} in ${room}`,
  },
};
