import { createReadStream } from 'node:fs';
import { hashOf } from '../../infra/files/hash-of.ts';
import type { StoredType } from '../../infra/files/media-type.ts';
import { storedPreviews } from '../../infra/files/previews.ts';
import type { Deps, Files } from '../shared/deps.ts';

/** A row of `file_contents`, as far as it is needed here. */
export interface Content {
  id: string;
  sha256: string;
  size: number;
  storedSize: number;
  storedSha256: string;
  previews: string;
  width: number | null;
  height: number | null;
  durationMs: number | null;
  placeholder: string | null;
}

interface ContentSource {
  owner: string;
  file: { path: string; size: number; sha256: string };
  /** Whether it may be a picture, as which it is to be read. */
  isPicture: boolean;
  type: StoredType;
  signal?: AbortSignal | undefined;
}

interface Part {
  /** What its key has after that of the content. */
  suffix: string;
  path: string;
  size: number;
  mediaType: string;
}

type Facts = Omit<Content, 'id' | 'sha256' | 'storedSize'>;

/** What is to be stored of a file, and what is known about it. */
export interface Parts {
  added: Part[];
  facts: Facts;
}

/** What is stored of a file: itself, or a picture without its metadata, and previews. */
export async function partsOf(
  { config }: Pick<Deps, 'config'>,
  { pictures }: Files,
  { owner, file, isPicture, type, signal }: ContentSource,
): Promise<Parts> {
  const whole = { suffix: '', path: file.path, size: file.size, mediaType: type.mediaType };
  const plain: Facts = {
    size: file.size,
    storedSha256: file.sha256,
    previews: '',
    width: null,
    height: null,
    durationMs: null,
    placeholder: null,
  };
  const turn = { line: owner, ...(signal && { signal }) };
  if (isPicture) {
    const picture = await pictures.process(file.path, {
      ...turn,
      keepMetadata: config.files.keepPhotoMetadata,
    });
    if (!picture) return { added: [whole], facts: plain };
    const { stripped, previews, width, height, placeholder } = picture;
    const sizes = storedPreviews(
      Object.entries(previews).map(([pixels, { size }]) => [Number(pixels), size] as const),
    );
    const made = Object.entries(previews).map(([size, preview]) => ({
      ...preview,
      suffix: `-${size}`,
      mediaType: 'image/webp',
    }));
    return {
      added: [{ ...whole, ...stripped }, ...made],
      facts: {
        ...plain,
        width,
        height,
        placeholder,
        previews: sizes,
        ...(stripped && { size: stripped.size, storedSha256: await hashOf(createReadStream(stripped.path)) }),
      },
    };
  }
  if (!/^(audio|video)\//.test(type.mediaType) || !type.isInline) return { added: [whole], facts: plain };
  const facts = await pictures.inspectMedia(file.path, turn);
  return { added: [whole], facts: { ...plain, ...facts } };
}
