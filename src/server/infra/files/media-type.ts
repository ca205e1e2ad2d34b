import { extname } from 'node:path';
import { fileTypeFromBuffer } from 'file-type';
import { type PictureType, pictureType } from './pictures.ts';

/** How a file is stored and sent. */
export interface StoredType {
  /** In lower case, without parameters. */
  mediaType: string;
  /** Whether a browser may show it in place, rather than only save it. */
  isInline: boolean;
}

interface Claim {
  /** As the client sent it, if it did. */
  mediaType?: string | undefined;
  name: string;
  /** What `Pictures` read it as, if it could. */
  picture?: PictureType | undefined;
}

/** The number of bytes that are looked at. */
export const headBytes = 4100;

const unknownType = 'application/octet-stream';

/** Of names whose type the client did not send, as programs do. */
const typesOfNames: Record<string, string> = {
  '.aac': 'audio/aac',
  '.flac': 'audio/flac',
  '.m4a': 'audio/mp4',
  '.mov': 'video/quicktime',
  '.mp3': 'audio/mpeg',
  '.mp4': 'video/mp4',
  '.oga': 'audio/ogg',
  '.ogg': 'audio/ogg',
  '.ogv': 'video/ogg',
  '.opus': 'audio/ogg',
  '.pdf': 'application/pdf',
  '.wav': 'audio/wav',
  '.weba': 'audio/webm',
  '.webm': 'video/webm',
};

/** Other names for a type, and the one that browsers know. */
const aliases: Record<string, string> = {
  'application/x-pdf': 'application/pdf',
  'audio/m4a': 'audio/mp4',
  'audio/mp3': 'audio/mpeg',
  'audio/opus': 'audio/ogg',
  'audio/vnd.wave': 'audio/wav',
  'audio/wave': 'audio/wav',
  'audio/x-aac': 'audio/aac',
  'audio/x-flac': 'audio/flac',
  'audio/x-m4a': 'audio/mp4',
  'audio/x-wav': 'audio/wav',
  'video/matroska': 'video/x-matroska',
  'video/vnd.avi': 'video/x-msvideo',
  'video/x-m4v': 'video/mp4',
};

/** Containers whose first bytes do not say whether there is a picture beside the sound, or which maker's variant it is. */
const containers = [
  ['audio/mp4', 'video/mp4', 'video/quicktime'],
  ['audio/ogg', 'video/ogg'],
  ['audio/webm', 'video/webm'],
];

/**
 * The type that a file of these first bytes is stored under. Only pictures that were read, and audio, video and PDF that begin as
 * they must, are shown in place. Everything else is saved, and has no type under which a browser would run it.
 */
export async function storedTypeOf(
  bytes: Uint8Array,
  { mediaType, name, picture }: Claim,
): Promise<StoredType> {
  if (picture) return { mediaType: picture, isInline: true };
  const head = bytes.subarray(0, headBytes);
  const sent = essenceOf(mediaType);
  const claimed = sent === unknownType ? (typesOfNames[extname(name).toLowerCase()] ?? sent) : sent;
  if (isPlayable(claimed) && isSameContainer(claimed, await detect(head)))
    return { mediaType: claimed, isInline: true };
  if (isActive(sent)) return { mediaType: unknownType, isInline: false };
  // Text under a wrong name, or without a type.
  if ((sent === unknownType || /^(image|audio|video|font)\//.test(sent)) && isText(head))
    return { mediaType: 'text/plain', isInline: false };
  return { mediaType: sent, isInline: false };
}

/** Which picture a file may be, that `Pictures` is to read. */
export async function pictureTypeOf(head: Uint8Array): Promise<PictureType | undefined> {
  const found = await fileTypeFromBuffer(head);
  return pictureType.safeParse(found?.mime).data;
}

/** A valid type in lower case, without parameters, under the name that browsers know. What is none is `application/octet-stream`. */
export function essenceOf(mediaType = ''): string {
  const [essence = ''] = mediaType.trim().toLowerCase().split(/\s*;/);
  const isValid = essence.length <= 127 && /^[a-z]+\/[a-z0-9][a-z0-9!#$&^_.+-]*$/.test(essence);
  return isValid ? (aliases[essence] ?? essence) : unknownType;
}

/** Whether browsers run what is in such a file, or apply it to a page. */
const isActive = (mediaType: string) =>
  /^(multipart|message)\/|[/+-](html|xhtml|xml|xsl|xslt|svg|css|wasm|shockwave-flash|mimearchive|cache-manifest)$|(java|ecma|live|j)script/.test(
    mediaType,
  );

const isPlayable = (mediaType: string) => /^(audio|video)\/|^application\/pdf$/.test(mediaType);

function isSameContainer(claimed: string, detected: string | undefined): boolean {
  if (detected === undefined) return false;
  return (
    claimed === detected ||
    containers.some((container) => container.includes(claimed) && container.includes(detected))
  );
}

async function detect(head: Uint8Array): Promise<string | undefined> {
  const found = await fileTypeFromBuffer(head);
  const mediaType = found && essenceOf(found.mime);
  // "ID3" or "BM" at the beginning of a text are no proof; all that is playable has other bytes. A PDF may be all text.
  return mediaType !== 'application/pdf' && isText(head) ? undefined : mediaType;
}

/** Whether the bytes are UTF-8 without control characters. Their last character may be cut off. */
function isText(head: Uint8Array): boolean {
  if (head.length === 0) return false;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
    return !/[\0-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]/.test(text);
  } catch {
    return false;
  }
}
