import sharp, { type Metadata, type Sharp } from 'sharp';
import type { AvatarTask, ProcessTask } from './media-tasks.ts';

sharp.cache(false);
sharp.concurrency(1);
// SVG, PDF and whatever else libvips could load stays unread, even under the name of a picture.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpegFile',
    'VipsForeignLoadPngFile',
    'VipsForeignLoadWebpFile',
    'VipsForeignLoadNsgifFile',
    'VipsForeignLoadHeifFile',
  ],
});

const placeholderSize = 16;

/** Throws if the file is no picture that can be read completely, or has too many pixels. */
export async function processPicture({ path, maxPixels, previews, stripped }: ProcessTask) {
  const { mediaType, width, height, isAnimated, chromaSubsampling } = await readFacts(path, maxPixels);
  // First, while little else is in memory: to turn a picture takes all its pixels.
  const written =
    stripped === undefined
      ? undefined
      : await encoders[mediaType](
          isAnimated ? open(path, maxPixels, { animated: true }) : open(path, maxPixels).autoOrient(),
          chromaSubsampling,
        ).toFile(stripped);

  const longest = Math.max(...previews.map(({ size }) => size));
  const first = open(path, maxPixels);
  if (!isAnimated) first.autoOrient();
  // All that is smaller is made from these pixels, so that the file is decoded once.
  const { data, info } = await shrink(first, longest).raw().toBuffer({ resolveWithObject: true });
  const { width: rawWidth, height: rawHeight, channels } = info;
  const reduced = () => sharp(data, { raw: { width: rawWidth, height: rawHeight, channels } });

  const sizes: Record<number, number> = {};
  for (const { size, path } of previews)
    if (size < Math.max(width, height))
      sizes[size] = (await shrink(reduced(), size).webp({ quality: 80 }).toFile(path)).size;
  const placeholder = await shrink(reduced(), placeholderSize)
    .webp({ quality: 40, alphaQuality: 40 })
    .toBuffer();

  return {
    mediaType,
    width,
    height,
    placeholder: `data:image/webp;base64,${placeholder.toString('base64')}`,
    previews: sizes,
    ...(written && { stripped: written.size }),
  };
}

/** The size of the file in bytes. Throws as {@link processPicture} does. */
export async function makeAvatar({ path, maxPixels, size, avatar }: AvatarTask): Promise<number> {
  const { isAnimated } = await readFacts(path, maxPixels);
  const picture = open(path, maxPixels);
  if (!isAnimated) picture.autoOrient();
  return (await picture.resize(size, size, { fit: 'cover' }).webp({ quality: 80 }).toFile(avatar)).size;
}

type MediaType = 'image/jpeg' | 'image/png' | 'image/webp' | 'image/gif' | 'image/avif';

async function readFacts(path: string, maxPixels: number) {
  const metadata = await open(path, maxPixels).metadata();
  const { width, height, pages = 1, autoOrient, chromaSubsampling } = metadata;
  const mediaType = mediaTypeOf(metadata);
  if (mediaType === undefined) throw new Error(`the format ${metadata.format} is not supported`);
  // sharp itself counts only the frames that it is about to read.
  if (width * height * pages > maxPixels) throw new Error('too many pixels');
  // Browsers show animations as they are stored, and sharp cannot turn all frames.
  const isAnimated = pages > 1 && (mediaType === 'image/gif' || mediaType === 'image/webp');
  const shown = isAnimated ? { width, height } : autoOrient;
  return { mediaType, ...shown, isAnimated, chromaSubsampling };
}

function mediaTypeOf({ format, compression }: Metadata): MediaType | undefined {
  if (format === 'heif') return compression === 'av1' ? 'image/avif' : undefined;
  const known: Partial<Record<typeof format, MediaType>> = {
    jpeg: 'image/jpeg',
    png: 'image/png',
    webp: 'image/webp',
    gif: 'image/gif',
  };
  return known[format];
}

const open = (path: string, maxPixels: number, options: { animated?: boolean } = {}) =>
  // Broken pictures are refused, but not those with small flaws that every browser shows.
  sharp(path, { limitInputPixels: maxPixels, sequentialRead: true, failOn: 'error', ...options });

const shrink = (picture: Sharp, size: number) =>
  picture.resize(size, size, { fit: 'inside', withoutEnlargement: true });

/** sharp writes sRGB without metadata unless told otherwise. */
const encoders: Record<MediaType, (picture: Sharp, chromaSubsampling?: string) => Sharp> = {
  'image/jpeg': (picture, chromaSubsampling) =>
    picture.jpeg({
      quality: 90,
      chromaSubsampling: chromaSubsampling === '4:4:4' ? '4:4:4' : '4:2:0',
      // Needs all of the picture in memory: 365 MB instead of 84 MB for 50 megapixels.
      optimizeCoding: false,
    }),
  'image/png': (picture) => picture.png(),
  'image/webp': (picture) => picture.webp({ quality: 90 }),
  // Its colors are few already, so there is nothing to dither.
  'image/gif': (picture) => picture.gif({ dither: 0, effort: 1 }),
  'image/avif': (picture) => picture.avif({ quality: 65, effort: 1 }),
};
