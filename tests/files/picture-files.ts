import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp, { type Color, type Sharp } from 'sharp';
import { temporaryFolder } from '../support/harness.ts';

/** The colors of the quadrants of `quadrants`, row by row, and those of a picture that shows them. */
export const colors = { R: '#e00000', G: '#00c000', B: '#0000e0', Y: '#e0e000' } as const;

/** A picture of 800 by 600 pixels, red and green above blue and yellow. */
export function quadrants(width = 800, height = 600): Sharp {
  const part = (background: string) => ({
    create: { width: width / 2, height: height / 2, channels: 3 as const, background },
  });
  return sharp(part(colors.R))
    .extend({ right: width / 2, bottom: height / 2, background: colors.Y })
    .composite([
      { input: part(colors.G), left: width / 2, top: 0 },
      { input: part(colors.B), left: 0, top: height / 2 },
    ]);
}

/** A picture of one color, cheap to make even if it is large. */
export const plain = (width: number, height: number, background: Color = '#408040') =>
  sharp({ create: { width, height, channels: 3, background } });

/** The letters of the colors in the four quadrants of the first frame, such as `RG/BY`. */
export async function quadrantsOf(picture: string | Buffer): Promise<string> {
  const { data, info } = await sharp(picture).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => {
    const start = (Math.floor(y * info.height) * info.width + Math.floor(x * info.width)) * info.channels;
    return nearest([...data.subarray(start, start + 3)]);
  };
  return `${at(0.25, 0.25)}${at(0.75, 0.25)}/${at(0.25, 0.75)}${at(0.75, 0.75)}`;
}

/** `?` if no color is near, so that wrong ones are noticed. */
function nearest(pixel: number[]): string {
  const distance = (color: string) =>
    Math.max(
      ...[1, 3, 5].map((at, index) =>
        Math.abs(Number.parseInt(color.slice(at, at + 2), 16) - (pixel[index] ?? 0)),
      ),
    );
  return Object.entries(colors).find(([, color]) => distance(color) < 48)?.[0] ?? '?';
}

/** A folder of its own and a way to write files to it. */
export async function folderOfFiles() {
  const folder = await temporaryFolder();
  return {
    folder,
    async save(name: string, content: Sharp | Uint8Array | string): Promise<string> {
      const path = join(folder, name);
      await writeFile(
        path,
        content instanceof sharp ? await (content as Sharp).toBuffer() : (content as Uint8Array),
      ); // safe: it is none of sharp's
      return path;
    },
  };
}

/** A chunk of PNG. */
export function pngChunk(name: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** The signature and the IHDR chunk of a PNG. */
export const pngHeadLength = 8 + 25;

/** A PNG that says that it has so many pixels, and has hardly any. */
export function pngOfSize(width: number, height: number, rest: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([rest.subarray(0, 8), pngChunk('IHDR', header), rest.subarray(pngHeadLength)]);
}

/** An animation of single-colored frames of 400 by 340 pixels. */
export async function frames(count: number): Promise<Sharp> {
  const each = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      plain(400, 340, { r: index * 20, g: 60, b: 120 })
        .png()
        .toBuffer(),
    ),
  );
  return sharp(each, { join: { animated: true } });
}
