import { expect } from 'vitest';
import { freePort } from '../../support/free-port.ts';
import { type ReceivedMail, startMailServer } from '../../support/mail.ts';
import { startServer } from './mirage.ts';

/** A server that sends mail, whose links lead to itself at this name. */
export async function startWithMail(env: Record<string, string> = {}, host = '127.0.0.1') {
  const post = await startMailServer();
  const port = await freePort();
  const server = await startServer({
    PORT: String(port),
    PUBLIC_URL: `http://${host}:${port}`,
    SMTP_URL: post.url,
    MAIL_FROM: 'Mirage <mirage@chat.example>',
    ...env,
  });
  return { ...server, url: `http://${host}:${port}`, post };
}

export const linkIn = ({ text }: ReceivedMail) =>
  /^http\S+$/m.exec(text)?.[0] ?? expect.fail(`no link in ${text}`);
