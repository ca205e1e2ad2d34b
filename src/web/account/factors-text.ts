import type { Reason } from '../../client/index.ts';
import { isolate } from '../words/phrases.ts';
import { translatable } from '../words/translation.ts';

/** As `text`, for what has to do with second factors. */
export const factorsText = translatable('factors', {
  /** Where they mean something else than elsewhere, or nothing elsewhere. */
  reasons: {
    CHALLENGE_EXPIRED: 'This took too long, or there were too many wrong codes. Log in again.',
    WRONG_CODE: 'Wrong code. Wait for the next one and try again: each works once.',
    INVALID_PASSKEY: 'This passkey does not work here. Use another one, or a code.',
    PASSKEYS_OFF: 'This server cannot use passkeys.',
    PASSKEY_LIMIT: 'You have as many passkeys as an account can have. Remove one first.',
    FACTOR_NOT_FOUND: 'This has been removed already, or took too long. Begin again.',
    SECOND_FACTOR_REQUIRED: 'This server requires a second step. Add another one before you remove the last.',
  } satisfies Partial<Record<Reason, string>> as Partial<Record<Reason, string>>,

  step: {
    hintCode: 'Enter the code that your authenticator app shows now, or one of your recovery codes.',
    hintRecovery: 'Enter one of your recovery codes.',
    code: 'Code',
    submit: 'Continue',
    busy: 'Checking…',
    usePasskey: 'Use a passkey',
    back: 'Log in as somebody else',
  },

  passkey: {
    logIn: 'Use a passkey instead',
    cancelled: 'No passkey was used. Try again, or choose another way.',
    present: 'This device already holds a passkey for your account.',
  },

  setUp: {
    requiredHint:
      'This server requires a second step when you log in: a code from an app on your phone, or a passkey.',
    app: 'Use an authenticator app',
    passkey: 'Use a passkey',
    scan: 'Scan this picture with an authenticator app on your phone, or enter the key below there.',
    picture: 'QR code for your authenticator app',
    key: 'Key',
    code: 'Code that the app shows now',
    submit: 'Turn on',
    name: 'Name',
    nameHint: 'What you will know this passkey by, such as the device that holds it.',
    makePasskey: 'Create passkey',
    making: 'Follow the instructions of your browser…',
  },

  codes: {
    title: 'Recovery codes',
    hint: 'Each of these codes lets you log in once if you lose your phone or your passkeys. Keep them where only you can find them: they are not shown again.',
    copy: 'Copy codes',
    copied: 'Copied.',
    download: 'Download codes',
    done: 'I have kept them',
    file: (username: string) =>
      `Recovery codes of ${username}. Each works once, in place of the code of your authenticator app or of a passkey.`,
  },

  settings: {
    title: 'Second step when you log in',
    hint: 'A password can be guessed or stolen. With a second step it is not enough to get into your account.',
    none: 'You log in with your password alone.',
    required: 'This server requires a second step.',
    warning:
      'Programs that log in with your password stop working when you turn this on. Give them access tokens.',
    app: 'Authenticator app',
    appSince: (date: string) => `In use since ${date}`,
    addApp: 'Add an authenticator app',
    replaceApp: 'Set up another app',
    removeApp: 'Remove',
    removeAppLabel: 'Remove the authenticator app',
    passkeys: 'Your second steps',
    addPasskey: 'Add a passkey',
    passkeysHint: 'You can also log in with a passkey in place of your password.',
    created: (date: string) => `Added on ${date}`,
    used: 'last used',
    unused: 'never used',
    remove: 'Remove',
    removeNamed: (name: string) => `Remove the passkey ${isolate(name)}`,
    codesLeft: (count: number) =>
      count === 1 ? '1 recovery code is left.' : `${count} recovery codes are left.`,
    newCodes: 'New recovery codes',
    changed: (date: string) =>
      `Last changed on ${date}. If that was not you, remove what is not yours, and then change your password.`,
  },

  confirm: {
    title: 'Is it you?',
    hint: 'Before you change how you log in, or your email address, show that it is you.',
    password: 'Password',
    code: 'Code of your authenticator app, or a recovery code',
    submit: 'Confirm',
    usePasskey: 'Confirm with a passkey',
    logInAgain: 'Your account has no password. Log out, log in again, and come back within 10 minutes.',
  },

  methods: {
    password: 'with a password',
    'password+totp': 'with a password and a code',
    'password+passkey': 'with a password and a passkey',
    'password+recovery': 'with a password and a recovery code',
    passkey: 'with a passkey',
    host: 'through another site',
  } as Partial<Record<string, string>>,
});
