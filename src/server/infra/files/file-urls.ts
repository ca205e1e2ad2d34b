import { createHmac, timingSafeEqual } from 'node:crypto';
import { avatarIdOf, avatarPath } from '../../core/avatars.ts';
import type { Clock } from '../../core/clock.ts';
import { shownAvatarUrl } from '../../core/validation.ts';
import type { Attachment, StoredAttachment } from './attachments.ts';

/** Whose members can read a file: a room's, or both sides of a conversation; an archive is for its owner alone. */
export type FileScope = { roomId: number } | { sender: string; recipient: string } | { archiveOf: string };

/** The file as it was uploaded, or a preview of this size in pixels. */
export type FileVariant = 'file' | number;

/** What a URL says. */
export interface FileUrl {
  id: string;
  variant: FileVariant;
  /** Seconds since 1970. */
  expires: number;
  signature: string;
}

/** URLs of files that are valid for a while, and tell nothing but that their reader was given them. */
export interface FileUrls {
  /** What comes before `/files` in each of them: an origin, a path, both or nothing. */
  readonly base: string;
  /** When URLs that are made now expire, in seconds since 1970: as long as it is the same, they are. */
  expires(): number;
  /** A stored attachment with its URLs. */
  show(attachment: StoredAttachment, scope: FileScope): Attachment;
  /**
   * The URL of an avatar, as it is stored; null for none, and for what is none, as in some imported accounts. That of an upload is valid
   * as long as the profile has it, for everybody.
   */
  avatar(stored: string | null): string | null;
  /** The URL of an archive of its owner's data, for the next five minutes. */
  archive(archive: { id: string; name: string }, owner: string): string;
  /** Whether we have made this URL for these readers, and it has not expired. */
  isValid(url: FileUrl, scope: FileScope): boolean;
}

/** Long enough to begin a download, and short for a URL with everything that somebody has written. */
const archiveMs = 5 * 60_000;

interface Options {
  secret: string;
  clock: Clock;
  /** How long a URL is valid at most, in milliseconds. It is for half of that at least. */
  ttlMs: number;
  /** What comes before `/files`: an origin, a path, both or nothing. */
  base: string;
}

/**
 * A URL is the same for half of its lifetime, so that browsers and proxies can cache what it gives. The name at its end is for
 * people, and not checked.
 */
export function createFileUrls({ secret, clock, ttlMs, base }: Options): FileUrls {
  const step = Math.max(1, Math.floor(ttlMs / 2000));

  const sign = ({ id, variant, expires }: Omit<FileUrl, 'signature'>, scope: FileScope) =>
    createHmac('sha256', secret)
      .update(JSON.stringify([id, variant, expires, readersOf(scope)]))
      .digest('base64url');

  const expiresNow = () => (Math.floor(clock() / 1000 / step) + 2) * step;

  function urlOf({ id, name }: StoredAttachment, variant: FileVariant, scope: FileScope): string {
    const expires = expiresNow();
    const parameters = variant === 'file' ? '' : `size=${variant}&`;
    const last = variant === 'file' ? encoded(name) : 'preview.webp';
    return `${base}/files/${id}/${last}?${parameters}expires=${expires}&signature=${sign({ id, variant, expires }, scope)}`;
  }

  return {
    expires: expiresNow,
    base,

    show(stored, scope) {
      const { previews: [small, large] = [], ...facts } = stored;
      return {
        ...facts,
        url: urlOf(stored, 'file', scope),
        ...(small !== undefined && { previewUrl: urlOf(stored, small, scope) }),
        ...(large !== undefined && { largePreviewUrl: urlOf(stored, large, scope) }),
      };
    },

    avatar(stored) {
      const id = avatarIdOf(stored);
      return id === undefined ? shownAvatarUrl(stored) : base + avatarPath(id);
    },

    archive({ id, name }, owner) {
      const expires = Math.floor((clock() + archiveMs) / 1000);
      const signature = sign({ id, variant: 'file', expires }, { archiveOf: owner });
      return `${base}/files/${id}/${encoded(name)}?expires=${expires}&signature=${signature}`;
    },

    isValid({ signature, ...url }, scope) {
      const [given, own] = [Buffer.from(signature), Buffer.from(sign(url, scope))];
      return given.length === own.length && timingSafeEqual(given, own) && clock() < url.expires * 1000;
    },
  };
}

/** Without the quotes and parentheses that `encodeURIComponent` leaves: some clients write URLs into scripts or Markdown as they are. */
const encoded = (name: string) =>
  encodeURIComponent(name).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

function readersOf(scope: FileScope): (string | number)[] {
  if ('archiveOf' in scope) return ['archive', scope.archiveOf, 'of'];
  return 'roomId' in scope ? [scope.roomId] : [scope.sender, scope.recipient].sort();
}
