import { isolate } from '../words/phrases.ts';
import { translatable } from '../words/translation.ts';

/** As `text`, for log-ins with other services. */
export const oidcText = translatable('oidc', {
  or: 'Or',
  logInWith: (label: string) => `Log in with ${isolate(label)}`,
  finishing: 'Logging in…',
  failedTitle: 'Logging in failed',
  newTitle: 'Choose your user name',
  newHint: 'There is no account for this log-in yet. Choose the name of the one that is made now.',
  newAddress: (email: string) => `Its email address is ${isolate(email)}.`,
  toAccount: 'Do you have an account here already? Log in to it, and link this log-in in the settings.',
  linkTitle: 'You have an account already',
  linkHint: (account: string) =>
    `The account ${isolate(account)} has your email address. Enter its password to link it with this log-in.`,
  linkLater: (account: string) =>
    `The account ${isolate(account)} has your email address. It has no password: log in to it as usual, and link this log-in in the settings.`,
  toLogIn: 'To the log-in',
  link: 'Log in and link',
  makeAnother: 'Make another account',
  back: 'Back',
  title: 'Log-ins with other services',
  hint: 'How you can log in besides with a password. A service can be linked if it has confirmed the email address of your account.',
  none: 'None is linked with your account.',
  list: 'Linked log-ins',
  linkWith: (label: string) => `Link ${isolate(label)}`,
  linkedOn: (date: string) => `Linked on ${date}`,
  used: 'last used',
  unused: 'never used',
  gone: 'This server does not offer it any more.',
  unlink: 'Unlink',
  unlinkNamed: (label: string) => `Unlink ${isolate(label)}`,
});
