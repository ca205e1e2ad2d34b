import { createTransport, type NodemailerError } from 'nodemailer';
import type { MailSettings } from '../../core/config.ts';

export interface OutgoingMail {
  /** As `mailableAddress` returns it. */
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** What became of an attempt to send. `code` names what went wrong, without addresses. */
export type Delivery =
  | { outcome: 'sent' }
  /** The server has refused it for good. */
  | { outcome: 'rejected'; code: string }
  /** Another attempt may succeed. `isReachable`: the server has answered as for this mail alone. */
  | { outcome: 'failed'; code: string; isReachable: boolean };

export interface Smtp {
  /** Never rejects. */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<Delivery>;
}

/** How long the server may take for each step, and for a mail in all. */
const stepMs = 15_000;
export const sendingMs = 60_000;

/**
 * One connection for each mail. `smtp:` demands STARTTLS, which a connection to this machine may do without, and any other if
 * the URL says `?tls=optional`.
 */
export function openSmtp({ url, from }: MailSettings): Smtp {
  const { protocol, hostname, port, username, password, search } = new URL(url);
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  const transport = createTransport({
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (protocol === 'smtps:' ? 465 : 587) : Number(port),
    secure: protocol === 'smtps:',
    requireTLS: protocol === 'smtp:' && !isLocal && search === '',
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
      // Otherwise it would send without logging in where the server does not offer to.
      forceAuth: true,
    }),
    // The certificate of this machine is in no other's name.
    ...(isLocal && { tls: { rejectUnauthorized: false } }),
    connectionTimeout: stepMs,
    greetingTimeout: stepMs,
    socketTimeout: stepMs,
    dnsTimeout: stepMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });

  return {
    async send({ to, ...content }, signal) {
      try {
        const { rejected } = await transport.sendMail({
          from,
          to: { name: '', address: to },
          ...content,
          // Keeps out-of-office replies away.
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal: AbortSignal.any([signal, AbortSignal.timeout(sendingMs)]),
        });
        return rejected.length === 0 ? { outcome: 'sent' } : { outcome: 'rejected', code: 'REJECTED' };
      } catch (error) {
        return deliveryOf(error);
      }
    },
  };
}

/** The text of an error may contain the address, so that only its codes are passed on. */
function deliveryOf(error: unknown): Delivery {
  const { code = 'UNKNOWN', command, responseCode } = error as Partial<NodemailerError>; // safe: read as it may be
  // A refused sender is a setting to correct, and not a matter of this mail.
  const isOfMail = ['RCPT TO', 'DATA'].includes(command ?? '') && responseCode !== undefined;
  const shown = responseCode === undefined ? code : `${code} ${responseCode}`;
  if (isOfMail && responseCode >= 500) return { outcome: 'rejected', code: shown };
  return { outcome: 'failed', code: shown, isReachable: isOfMail };
}
