import { isolate } from '../words/phrases.ts';
import { translatable } from '../words/translation.ts';

/** As `text`, for what is loaded with the settings. */
export const accessTokensText = translatable('accessTokens', {
  title: 'Access tokens',
  hint: 'With a token a program can act for you, as far as you allow. It stays valid when you change your password or log out everywhere.',
  none: 'You have no access tokens.',
  list: 'Your access tokens',
  create: 'New token',
  name: 'Name',
  nameHint: 'What you will know it by, such as the program it is for.',
  allowed: 'What can it do?',
  scopes: {
    'chat:read': 'Read messages in rooms',
    'chat:write': 'Write in rooms, and join, create and change them',
    'inbox:read': 'Read private messages',
    'inbox:write': 'Write, change and delete private messages',
    'users:read': 'See profiles, who is online, and your privacy settings',
    'users:write': 'Change your profile and privacy settings, and block users',
  },
  noScope: 'Choose what the token can do.',
  limit: 'You have as many access tokens as this server allows. Revoke one first.',
  expires: 'Expires',
  expiresHint: 'How long the token is valid.',
  never: 'Never',
  submit: 'Create token',
  token: 'Token',
  once: 'Copy it now: it is not shown again. Whoever has it can do what you have allowed.',
  copy: 'Copy token',
  done: 'Done',
  created: (date: string) => `Created on ${date}`,
  used: 'last used',
  unused: 'never used',
  expiresOn: (date: string) => `expires on ${date}`,
  revoke: 'Revoke',
  revokeNamed: (name: string) => `Revoke ${isolate(name)}`,
});
