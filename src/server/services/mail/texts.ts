import type { OutgoingMail } from '../../infra/mail/smtp.ts';

/** The texts of all mails. Each is a subject and paragraphs, of which one may be a link. */

/** How long the links work. */
export const linkMs = { verify: 24 * 3_600_000, reset: 3_600_000 } as const;

export type LinkKind = keyof typeof linkMs;

/** A mail with a link, or one that tells of something that has happened to the account. */
export const mailKinds = [
  'verify',
  'reset',
  'emailChange',
  'passwordChange',
  'factorChange',
  'recoveryCodeUse',
  'loginChange',
  'archive',
  'accountDeletion',
] as const;
export type MailKind = (typeof mailKinds)[number];

export const isLinkKind = (kind: MailKind): kind is LinkKind => kind in linkMs;

interface Facts {
  username: string;
  /** Of Mirage, without a slash at the end. */
  publicUrl: string;
  /** Of the link, for those that have one. */
  token: string;
}

type Paragraph = string | { link: string };

interface Draft {
  subject: string;
  paragraphs: Paragraph[];
}

/** The token is in the fragment, which browsers send to no server: it is in no log and no referrer. */
export const linkTo = (kind: LinkKind, { publicUrl, token }: Pick<Facts, 'publicUrl' | 'token'>) =>
  `${publicUrl}/#/${kind}/${token}`;

const drafts: Record<MailKind, (facts: Facts & { name: string; site: string }) => Draft> = {
  verify: ({ name, site, ...facts }) => ({
    subject: `Confirm your email address for ${site}`,
    paragraphs: [
      `The account ${name} at ${site} has given this email address. If it is yours, confirm it within 24 hours:`,
      { link: linkTo('verify', facts) },
      'If you know nothing of it, ignore this mail.',
    ],
  }),
  reset: ({ name, site, ...facts }) => ({
    subject: `New password for ${site}`,
    paragraphs: [
      `Somebody has asked for a new password for the account ${name} at ${site}. To choose one, open this link within an hour:`,
      { link: linkTo('reset', facts) },
      'It works once and ends all sessions of the account. If you did not ask for it, ignore this mail: your password stays as it is.',
    ],
  }),
  emailChange: ({ name, site }) => ({
    subject: `Another email address for your account at ${site}`,
    paragraphs: [
      `Somebody who is logged in as ${name} at ${site} has asked to use another email address. It takes the place of this one as soon as it is confirmed.`,
      'If that was not you, change your password now: this stops the change and logs out everybody else. “Keep the present address” in the settings stops it as well. If you cannot log in, ask for a new password on the page where you log in.',
    ],
  }),
  passwordChange: ({ name, site }) => ({
    subject: `Your password for ${site} has been changed`,
    paragraphs: [
      `The password of the account ${name} at ${site} has been changed.`,
      'If that was not you, ask for a new password on the page where you log in.',
    ],
  }),
  factorChange: ({ name, site }) => ({
    subject: `The second step of logging in to ${site} has been changed`,
    paragraphs: [
      `An authenticator app, a passkey or the recovery codes of the account ${name} at ${site} have been added, replaced or removed.`,
      'If that was not you, change your password, look at “Second step” in the settings, and ask the administrator of the site for help.',
    ],
  }),
  recoveryCodeUse: ({ name, site }) => ({
    subject: `A recovery code was used to log in to ${site}`,
    paragraphs: [
      `Somebody has logged in to the account ${name} at ${site} with its password and one of its recovery codes.`,
      'If that was not you, change your password, make new recovery codes in the settings, and log out the sessions that are not yours.',
    ],
  }),
  loginChange: ({ name, site }) => ({
    subject: `The ways to log in to ${site} have been changed`,
    paragraphs: [
      `A log-in with another service has been linked with the account ${name} at ${site}, or is no longer linked with it.`,
      'If that was not you, change your password, look at “Log-ins with other services” in the settings, and ask the administrator of the site for help.',
    ],
  }),
  archive: ({ name, site }) => ({
    subject: `Your data from ${site} is ready`,
    paragraphs: [
      `The archive with everything that the account ${name} has at ${site} is ready. For 24 hours it can be downloaded in the settings.`,
      'If you did not ask for it, change your password, and log out the sessions that are not yours.',
    ],
  }),
  accountDeletion: ({ name, site }) => ({
    subject: `Your account at ${site} has been deleted`,
    paragraphs: [
      `The account ${name} at ${site} has been deleted, as somebody who was logged in to it has asked.`,
      'If that was not you, ask the administrator of the site for help. The account cannot be brought back, but for 30 days nobody else can have its name.',
    ],
  }),
};

/** What a mail says. */
export function composeMail(kind: MailKind, facts: Facts): Omit<OutgoingMail, 'to'> {
  const { subject, paragraphs } = drafts[kind]({
    ...facts,
    name: `“${shownName(facts.username)}”`,
    site: new URL(facts.publicUrl).host,
  });
  return {
    subject,
    text: `${paragraphs.map((part) => (typeof part === 'string' ? part : part.link)).join('\n\n')}\n`,
    html: `<!doctype html><html lang="en"><body>${paragraphs.map(toHtml).join('')}</body></html>\n`,
  };
}

/**
 * Names are chosen by people who may send these mails to others: one that looks like a link must not become one. A word joiner
 * after what links are made of is not seen, and mail programs recognize no link across it.
 */
const shownName = (username: string) =>
  username.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ').replace(/[.:/@]/g, '$&\u2060');

function toHtml(paragraph: Paragraph): string {
  if (typeof paragraph === 'string') return `<p>${escapeHtml(paragraph)}</p>`;
  const link = escapeHtml(paragraph.link);
  return `<p><a href="${link}">${link}</a></p>`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (character) => entities[character] ?? '');
