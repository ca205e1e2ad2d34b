import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { onTestFinished } from 'vitest';
import type { Config } from '../../src/server/core/config.ts';
import { startMirage } from './harness.ts';
import { createWaiting } from './waiting.ts';

export interface ReceivedMail {
  /** The envelope's. */
  from: string;
  to: string[];
  headers: string;
  subject: string;
  text: string;
  html: string;
}

/** What the server answers to a recipient or to a mail, if it does not take it. */
type Answer = { code: number; message: string } | undefined;

interface MailServerOptions extends SMTPServerOptions {
  refuse?: (address: string) => Answer;
  /** Before a mail is acknowledged. */
  beforeAnswer?: () => Promise<Answer | undefined> | Answer;
  host?: string;
}

/** A mail server on a free port, which keeps what it takes. */
export async function startMailServer({
  refuse,
  beforeAnswer,
  host = '127.0.0.1',
  ...options
}: MailServerOptions = {}) {
  const mails: ReceivedMail[] = [];
  const attempts: string[] = [];
  const waiting = createWaiting(() => ({ mails, attempts }));
  let taken = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    ...options,
    onRcptTo({ address }, _session, done) {
      attempts.push(address);
      waiting.changed();
      const answer = refuse?.(address);
      done(answer && Object.assign(new Error(answer.message), { responseCode: answer.code }));
    },
    onData(stream, { envelope }, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', async () => {
        const answer = await beforeAnswer?.();
        if (answer) return done(Object.assign(new Error(answer.message), { responseCode: answer.code }));
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        mails.push({ from, to, ...parseMail(Buffer.concat(chunks).toString('utf8')) });
        done();
        waiting.changed();
      });
    },
  });
  server.on('error', () => {}); // of connections that tests cut off
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
  onTestFinished(close);
  const { port } = server.server.address() as { port: number }; // safe: it listens on a port
  return {
    port,
    url: `smtp://${host}:${port}`,
    mails,
    /** The recipients that were tried. */
    attempts,
    until: waiting.until,
    /** The next mail that no call has given yet. */
    async next(): Promise<ReceivedMail> {
      taken += 1;
      await waiting.until(() => mails.length >= taken);
      return mails[taken - 1] ?? Promise.reject(new Error('there is no mail'));
    },
    close,
  };
}

export const publicUrl = 'https://chat.example/app';

export const mailSettings = (url: string): Pick<Config, 'mail' | 'publicUrl'> => ({
  mail: { url, from: { name: 'Mirage', address: 'mirage@chat.example' } },
  publicUrl,
});

/** A Mirage that sends its mail to a server of its own. */
export async function startWithMail(settings: Partial<Config> = {}, options: MailServerOptions = {}) {
  const post = await startMailServer(options);
  const mirage = await startMirage({ ...mailSettings(post.url), ...settings });
  return { ...mirage, post };
}

/** The token of the link in a mail. */
export function tokenIn({ text }: Pick<ReceivedMail, 'text'>, kind: 'verify' | 'reset'): string {
  const [, token = ''] = new RegExp(`^\\S+/#/${kind}/([\\w-]+)$`, 'm').exec(text) ?? [];
  if (token === '') throw new Error(`there is no link in ${text}`);
  return token;
}

/** A mail of two parts, as Mirage sends it. */
function parseMail(raw: string): Pick<ReceivedMail, 'headers' | 'subject' | 'text' | 'html'> {
  const [headers = ''] = raw.split('\r\n\r\n', 1);
  const boundary = /boundary="([^"]+)"/.exec(headers)?.[1] ?? '';
  const parts = raw.slice(headers.length).split(`--${boundary}`);
  const part = (type: string) => {
    const found = parts.find((each) => each.includes(`Content-Type: ${type}`)) ?? '';
    const [head = '', ...body] = found.trim().split('\r\n\r\n');
    const text = body.join('\r\n\r\n');
    if (/base64/i.test(head)) return Buffer.from(text, 'base64').toString('utf8');
    if (!/quoted-printable/i.test(head)) return text.replaceAll('\r\n', '\n');
    const bytes = text
      .replaceAll('=\r\n', '')
      .replace(/=([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Buffer.from(bytes, 'latin1').toString('utf8').replaceAll('\r\n', '\n');
  };
  const subject = /^Subject: (.*(?:\r\n .*)*)/m.exec(headers)?.[1]?.replace(/\r\n/g, '') ?? '';
  return { headers, subject, text: part('text/plain'), html: part('text/html') };
}
