import type { IncomingMessage } from 'node:http';
import type { Context } from '../server/api/context.ts';
import { ownFiles } from '../server/api/own-files.ts';
import { requestedOrigin } from '../server/core/address.ts';
import { reasonOfUnknown } from '../server/core/errors.ts';
import { maxAttachments } from '../server/core/validation.ts';

/** A message as readers get it. */
interface ShownMessage {
  text: string;
  attachments?: readonly { url: string }[];
}

/** A message as it is to be sent. */
interface Draft {
  text: string;
  attachments?: string[];
}

/** Where a message goes. */
type Target = Parameters<typeof ownFiles>[1];

/** Files as links in texts: clients of the legacy API know of no others. */
export interface FileLinks {
  /** The URL of a file or an avatar with an origin: what makes URLs may leave it out. */
  absolute(url: string): string;
  /** The text, and a line `[File] <url>` for each file. */
  shown(message: ShownMessage): string;
  /**
   * Sends a text with the files that it links to in place of the links. Links to what the sender cannot attach stay as they
   * are.
   */
  send(text: string, target: Target, send: (draft: Draft) => Promise<unknown>): Promise<void>;
}

/** The links as the sender of this request sees them. */
export function fileLinksFor(req: IncomingMessage, context: Context): FileLinks {
  const { config, fileUrls } = context.deps;
  const absolute = (url: string) =>
    url.startsWith('/') ? requestedOrigin(req, config.trustedProxies) + url : url;

  /** Undefined if there are no links to such files. Signatures are not looked at: senders must own the files anyway. */
  function parse(text: string, isTaken: (id: string) => boolean): Required<Draft> | undefined {
    if (!text.includes('/files/')) return undefined;
    const ids = new Set<string>();
    const rest = text.replace(linkTo(absolute(`${fileUrls.base}/files/`)), (link, id: string) => {
      if (ids.size < maxAttachments && isTaken(id)) ids.add(id);
      return ids.has(id) ? '' : link;
    });
    return ids.size === 0 ? undefined : { text: rest.trim(), attachments: [...ids] };
  }

  return {
    absolute,

    shown({ text, attachments }) {
      if (!attachments) return text;
      const lines = attachments.map(({ url }) => `[File] ${absolute(url)}`);
      return (text === '' ? lines : [text, ...lines]).join('\n');
    },

    async send(text, target, send) {
      const whole = parse(text, () => true);
      if (whole) {
        if (await isSent(send(whole))) return;
        const own = await ownFiles(context, target, whole.attachments);
        const part = parse(text, (id) => own.has(id));
        if (part && (await isSent(send(part)))) return;
      }
      await send({ text });
    },
  };
}

/** False if one of the files cannot be attached. */
const isSent = (sending: Promise<unknown>): Promise<boolean> =>
  sending.then(
    () => true,
    (error: unknown) => {
      if (reasonOfUnknown(error) === 'FILE_NOT_FOUND') return false;
      throw error;
    },
  );

/**
 * Links to files below a URL, with the space or line break before them. The scheme does not matter, which the server may not
 * know behind a proxy.
 */
function linkTo(folder: string): RegExp {
  const place = folder.replace(/^https?:/i, '').replace(/[.*+?^$(){}|[\]\\]/g, '\\$&');
  return new RegExp(
    `\\s?(?:\\[File\\] *)?https?:${place}([\\w-]{22})/[^\\s/?#]*\\?expires=\\d+&signature=[\\w-]+`,
    'gi',
  );
}
