import { translatable } from '../words/translation.ts';

/** As `text`, for what is loaded with the settings. */
export const ownDataText = translatable('ownData', {
  title: 'Your data',
  hint: 'A ZIP archive with your profile, your messages, your files and everything else that is yours.',
  request: 'Prepare an archive',
  again: 'Prepare a new archive',
  waiting: 'Your archive is about to be prepared. You can leave this page.',
  running: 'Your archive is being prepared. You can leave this page.',
  progress: 'Progress of your archive',
  ready: (size: string, until: string) =>
    `Your archive is ready (${size}). You can download it until ${until}.`,
  download: 'Download archive',
  failed: 'Your archive could not be prepared. Try again later.',
  leave: 'Delete your account',
  leaveHint:
    'You are logged out everywhere, and your profile and files are removed. Messages that others have received stay, without your name.',
  delete: 'Delete account…',
  deleteTitle: 'Delete your account for good?',
  deleteHint:
    'This cannot be undone. Rooms that only you own pass to another member; those without other members are deleted. Prepare an archive first if you want to keep your data.',
  password: 'Your password',
  passwordHint: 'If you use no password, log in again and leave this empty within five minutes.',
  confirm: 'Delete my account',
  deleting: 'Deleting your account…',
});
