import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPictures, type Pictures } from '../../src/server/infra/files/pictures.ts';
import { mp3, mp4, wav, webm } from './media-files.ts';
import {
  folderOfFiles,
  frames,
  plain,
  pngChunk,
  pngHeadLength,
  pngOfSize,
  quadrants,
  quadrantsOf,
} from './picture-files.ts';

let pictures: Pictures;
beforeAll(() => {
  pictures = createPictures();
});
afterAll(() => pictures.close());

const strip = { keepMetadata: false };
const keep = { keepMetadata: true };

/** The result for a picture that must be readable. */
async function read(path: string, options = strip) {
  const picture = await pictures.process(path, options);
  if (!picture) throw new Error('the picture was not read');
  return picture;
}

const placeholderBytes = (url: string) => Buffer.from(url.replace(/^data:image\/webp;base64,/, ''), 'base64');

describe('the EXIF orientation', () => {
  it.each([
    [1, 'RG/BY'],
    [2, 'GR/YB'],
    [3, 'YB/GR'],
    [4, 'BY/RG'],
    [5, 'RB/GY'],
    [6, 'BR/YG'],
    [7, 'YG/BR'],
    [8, 'GY/RB'],
  ])('%i is applied to all that is made', async (orientation, shown) => {
    const { save } = await folderOfFiles();
    const path = await save('a', quadrants().withMetadata({ orientation }).jpeg());
    const { width, height, previews, stripped, placeholder } = await read(path);
    expect([width, height]).toEqual(orientation < 5 ? [800, 600] : [600, 800]);
    const avatar = await pictures.makeAvatar(path);
    const made = [previews[320]?.path, stripped?.path, placeholderBytes(placeholder), avatar?.path];
    for (const file of made) expect(await quadrantsOf(file ?? '')).toBe(shown);
    const metadata = await sharp(stripped?.path).metadata();
    expect(metadata).toMatchObject({ width, height });
    expect(metadata.orientation).toBeUndefined();
  });

  it('is applied to other formats, too', async () => {
    const { save } = await folderOfFiles();
    for (const format of ['png', 'webp'] as const) {
      const path = await save(format, quadrants().withMetadata({ orientation: 6 }).toFormat(format));
      const { width, stripped } = await read(path);
      expect([width, await quadrantsOf(stripped?.path ?? '')]).toEqual([600, 'BR/YG']);
    }
  });
});

describe('metadata', () => {
  const secret = 'SECRET-PLACE';
  const described = () =>
    quadrants()
      .withExif({
        IFD0: { Copyright: secret },
        IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' },
      })
      .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><p>${secret}</p></x:xmpmeta>`);

  it.each(['jpeg', 'png', 'webp', 'avif'] as const)('is in nothing made of %s', async (format) => {
    const { save } = await folderOfFiles();
    const path = await save('a', described().toFormat(format));
    expect((await readFile(path)).includes(secret)).toBe(true);
    const { mediaType, stripped, previews } = await read(path);
    expect(mediaType).toBe(`image/${format}`);
    for (const file of [stripped, previews[320]]) {
      expect(file?.size).toBe((await stat(file?.path ?? '')).size);
      expect((await readFile(file?.path ?? '')).includes(secret)).toBe(false);
      const { exif, xmp, icc, iptc } = await sharp(file?.path).metadata();
      expect({ exif, xmp, icc, iptc }).toEqual({});
    }
  });

  it('is in nothing made of pictures with comments', async () => {
    const { save } = await folderOfFiles();
    const [jpeg, png, gif] = await Promise.all([
      quadrants().jpeg().toBuffer(),
      quadrants().png().toBuffer(),
      quadrants().gif().toBuffer(),
    ]);
    const text = Buffer.from(secret);
    const files = {
      jpeg: [jpeg.subarray(0, 2), Buffer.from([0xff, 0xfe, 0, text.length + 2]), text, jpeg.subarray(2)],
      png: [
        png.subarray(0, pngHeadLength),
        pngChunk('tEXt', Buffer.from(`Comment\0${secret}`)),
        png.subarray(pngHeadLength),
      ],
      gif: [gif.subarray(0, -1), Buffer.from([0x21, 0xfe, text.length]), text, Buffer.from([0, 0x3b])],
    };
    for (const [format, parts] of Object.entries(files)) {
      const { mediaType, stripped } = await read(await save(format, Buffer.concat(parts)));
      expect(mediaType).toBe(`image/${format}`);
      expect((await readFile(stripped?.path ?? '')).includes(secret)).toBe(false);
      expect(await quadrantsOf(stripped?.path ?? '')).toBe('RG/BY');
    }
  });

  it('stays in the original if it is kept, and still is in no preview', async () => {
    const { folder, save } = await folderOfFiles();
    const path = await save('a', described().jpeg());
    const before = await readFile(path);
    const { stripped, previews } = await read(path, keep);
    expect(stripped).toBeUndefined();
    expect((await readFile(path)).equals(before)).toBe(true);
    expect((await readFile(previews[320]?.path ?? '')).includes(secret)).toBe(false);
    expect((await readdir(folder)).sort()).toEqual(['a', 'a-320']);
  });

  it('goes with what else is in the file', async () => {
    const { save } = await folderOfFiles();
    const page = '<!doctype html><script>document.title = "hello"</script>';
    for (const format of ['png', 'jpeg', 'gif', 'webp'] as const) {
      const path = await save(
        format,
        Buffer.concat([await quadrants().toFormat(format).toBuffer(), Buffer.from(page)]),
      );
      const { stripped } = await read(path);
      expect(await quadrantsOf(stripped?.path ?? '')).toBe('RG/BY');
      expect((await readFile(stripped?.path ?? '')).includes('script')).toBe(false);
    }
  });
});

describe('previews', () => {
  it.each([
    [[200, 100], {}],
    [[320, 320], {}],
    [[321, 10], { 320: [320, 10] }],
    [[100, 1280], { 320: [25, 320] }],
    [[1281, 640], { 320: [320, 160], 1280: [1280, 640] }],
  ])('of a picture of %j pixels', async ([width = 0, height = 0], expected) => {
    const { save } = await folderOfFiles();
    const { previews, placeholder } = await read(await save('a', plain(width, height).png()), keep);
    const sizes = await Promise.all(
      Object.entries(previews).map(async ([size, { path }]) => {
        const { format, width, height } = await sharp(path).metadata();
        expect(format).toBe('webp');
        return [size, [width, height]];
      }),
    );
    expect(Object.fromEntries(sizes)).toEqual(expected);
    expect(placeholder).toMatch(/^data:image\/webp;base64,[\w+/]+=*$/);
  });

  it('and a placeholder of at most 1,000 characters, however little a picture compresses', async () => {
    const { save } = await folderOfFiles();
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 100 };
    const alpha = await sharp({ create: { width: 16, height: 16, channels: 3, background: '#000', noise } })
      .extractChannel(0)
      .png()
      .toBuffer();
    const path = await save(
      'a',
      sharp({ create: { width: 16, height: 16, channels: 3, background: '#000', noise } })
        .joinChannel(alpha)
        .png(),
    );
    expect((await read(path)).placeholder.length).toBeLessThanOrEqual(1000);
  });

  it('keep what is transparent so', async () => {
    const { save } = await folderOfFiles();
    const path = await save(
      'a',
      sharp({ create: { width: 800, height: 600, channels: 4, background: '#ff000000' } }).png(),
    );
    const { previews, stripped, placeholder } = await read(path);
    for (const file of [previews[320]?.path, stripped?.path, placeholderBytes(placeholder)]) {
      const { isOpaque, channels } = await sharp(file).stats();
      expect({ isOpaque, alpha: channels[3]?.max }).toEqual({ isOpaque: false, alpha: 0 });
    }
  });
});

describe('colors are right', () => {
  const asShown = async (path: string) => {
    const { previews, stripped } = await read(path);
    const { space, depth } = await sharp(stripped?.path).metadata();
    return [
      space,
      depth,
      await quadrantsOf(stripped?.path ?? ''),
      await quadrantsOf(previews[320]?.path ?? ''),
    ];
  };

  it('of a CMYK JPEG', async () => {
    const { save } = await folderOfFiles();
    const path = await save('a', quadrants().toColourspace('cmyk').withIccProfile('cmyk').jpeg());
    expect((await sharp(path).metadata()).space).toBe('cmyk');
    expect((await asShown(path)).slice(0, 2)).toEqual(['srgb', 'uchar']);
    // No ink is as pure as the light of a screen.
    const { data } = await sharp(`${path}-stripped`).raw().toBuffer({ resolveWithObject: true });
    expect(data[0]).toBeGreaterThan((data[2] ?? 0) + 100);
  });

  it('of a PNG of 16 bits', async () => {
    const { save } = await folderOfFiles();
    const path = await save('a', quadrants().toColourspace('rgb16').png());
    expect((await sharp(path).metadata()).depth).toBe('ushort');
    expect(await asShown(path)).toEqual(['srgb', 'uchar', 'RG/BY', 'RG/BY']);
  });

  it('of a picture with a color profile', async () => {
    const { save } = await folderOfFiles();
    const path = await save('a', quadrants().withIccProfile('p3').png());
    const { data: stored } = await sharp(path, { ignoreIcc: true })
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(stored[0]).toBeLessThan(0xd8); // what is stored means something else
    expect(await asShown(path)).toEqual(['srgb', 'uchar', 'RG/BY', 'RG/BY']);
    const { data: shown } = await sharp(`${path}-stripped`).raw().toBuffer({ resolveWithObject: true });
    expect(Math.abs((shown[0] ?? 0) - 0xe0)).toBeLessThan(3);
  });

  it('of a gray picture', async () => {
    const { save } = await folderOfFiles();
    const path = await save('a', plain(400, 300, '#808080').toColourspace('b-w').jpeg());
    const { previews, stripped } = await read(path);
    for (const file of [previews[320]?.path, stripped?.path]) {
      const { data } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
      expect(Math.abs((data[0] ?? 0) - 0x80)).toBeLessThan(4);
    }
  });
});

describe('animations', () => {
  it.each(['gif', 'webp'] as const)(
    'in %s stay so, and have previews of their first frame',
    async (format) => {
      const { save } = await folderOfFiles();
      const options = { delay: [100, 200, 300, 400, 500], loop: 3 };
      const path = await save('a', (await frames(5))[format](options));
      const { mediaType, width, height, previews, stripped } = await read(path);
      expect({ mediaType, width, height }).toEqual({ mediaType: `image/${format}`, width: 400, height: 340 });
      expect(await sharp(stripped?.path).metadata()).toMatchObject({ format, pages: 5, ...options });
      const preview = await sharp(previews[320]?.path).metadata();
      expect([preview.pages ?? 1, preview.width, preview.height]).toEqual([1, 320, 272]);
      const { data } = await sharp(previews[320]?.path).raw().toBuffer({ resolveWithObject: true });
      expect(data[0]).toBeLessThan(10); // the red of the first frame is 0, that of the second 20
      expect(await pictures.makeAvatar(path)).toMatchObject({ path: `${path}-avatar` });
    },
  );

  it('count with all their frames against the limit of pixels', async () => {
    const { folder, save } = await folderOfFiles();
    const limited = createPictures({ maxPixels: 400 * 340 * 4 });
    try {
      for (const format of ['gif', 'webp'] as const) {
        const four = await save(`4-${format}`, (await frames(4)).toFormat(format));
        const five = await save(`5-${format}`, (await frames(5)).toFormat(format));
        expect(await limited.process(four, strip)).toBeDefined();
        for (const options of [strip, keep]) expect(await limited.process(five, options)).toBeUndefined();
        expect(await limited.makeAvatar(five)).toBeUndefined();
      }
      expect((await readdir(folder)).filter((name) => name.startsWith('5'))).toEqual(['5-gif', '5-webp']);
    } finally {
      await limited.close();
    }
  });
});

describe('what is no picture', () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="9" height="9"/></svg>';
  const jpeg = () => quadrants().jpeg().toBuffer();
  it.each<[string, () => Promise<Uint8Array> | Uint8Array | string]>([
    ['no bytes', () => ''],
    ['text named .jpg', () => 'this is a text'],
    ['half a JPEG', async () => (await jpeg()).subarray(0, 3000)],
    ['the beginning of a JPEG', async () => (await jpeg()).subarray(0, 4)],
    ['half a PNG', async () => (await quadrants().png().toBuffer()).subarray(0, 200)],
    ['half a WebP', async () => (await quadrants().webp().toBuffer()).subarray(0, 500)],
    ['SVG named .jpg', () => svg],
    ['SVG after an XML declaration', () => `<?xml version="1.0"?>\n${svg}`],
    ['compressed SVG', () => gzipSync(svg)],
    ['HTML named .jpg', () => `<!doctype html>${svg}`],
    ['PDF', () => '%PDF-1.4\n1 0 obj'],
    ['TIFF', () => quadrants().tiff().toBuffer()],
    ['a PPM', () => 'P3 1 1 255 255 0 0'],
    [
      'a PNG of 10,000 megapixels',
      async () => pngOfSize(100_000, 100_000, await plain(9, 9).png().toBuffer()),
    ],
    ['a PNG of 51 megapixels', async () => pngOfSize(51_000, 1000, await plain(9, 9).png().toBuffer())],
  ])('is not read: %s', async (_what, content) => {
    const { folder, save } = await folderOfFiles();
    const path = await save('a.jpg', await content());
    for (const options of [strip, keep]) expect(await pictures.process(path, options)).toBeUndefined();
    expect(await pictures.makeAvatar(path)).toBeUndefined();
    expect(await readdir(folder)).toEqual(['a.jpg']);
  });

  it('is a file that is not there', async () => {
    const { folder } = await folderOfFiles();
    expect(await pictures.process(`${folder}/none`, strip)).toBeUndefined();
  });
});

it('makes square avatars of 256 pixels out of the middle, also of smaller pictures', async () => {
  const { save } = await folderOfFiles();
  for (const [width, height] of [
    [800, 400],
    [90, 120],
  ] as const) {
    const made = await pictures.makeAvatar(await save(`${width}`, quadrants(width, height).png()));
    expect(made?.size).toBe((await stat(made?.path ?? '')).size);
    expect(await sharp(made?.path).metadata()).toMatchObject({ format: 'webp', width: 256, height: 256 });
    expect(await quadrantsOf(made?.path ?? '')).toBe('RG/BY');
  }
});

it('reads how long sound and films are, and how large films', async () => {
  const { save } = await folderOfFiles();
  const inspect = async (content: Uint8Array | string) => pictures.inspectMedia(await save('a', content));
  expect(await inspect(wav(2500))).toEqual({ durationMs: 2500 });
  expect((await inspect(mp3(100))).durationMs).toBeCloseTo(2612, -2);
  expect(await inspect(mp4(1234))).toEqual({ durationMs: 1234 });
  expect(await inspect(webm())).toEqual({ durationMs: 1500, width: 640, height: 360 });
  for (const other of ['', 'ID3 is a text', '<svg/>', wav(100).subarray(0, 20)])
    expect(await inspect(other)).toEqual({});
});

/** The output of a program that gets a module of the build and paths. */
async function runWithBuild(module: string, program: string, paths: string[]): Promise<string> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const args = ['--input-type=module', '-e', program, `${root}dist/server/infra/files/${module}`, ...paths];
  return (await promisify(execFile)(process.execPath, args, { cwd: root })).stdout;
}

it('is opened by no other decoder in that process', async () => {
  const { save } = await folderOfFiles();
  const paths = await Promise.all([
    save('png', plain(9, 9).png()),
    save('svg', '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'),
    save('tiff', plain(9, 9).tiff()),
  ]);
  const program = `
    import sharp from 'sharp';
    const [module, ...paths] = process.argv.slice(1);
    await import(module);
    for (const path of paths)
      console.log(await sharp(path).metadata().then(({ format }) => format, () => 'refused'));`;
  expect(await runWithBuild('read-picture.js', program, paths)).toBe('png\nrefused\nrefused\n');
});

it('works as it is built', async () => {
  const { save } = await folderOfFiles();
  const program = `
    const [module, path] = process.argv.slice(1);
    const pictures = (await import(module)).createPictures();
    console.log(JSON.stringify(await pictures.process(path, { keepMetadata: true })));
    await pictures.close();`;
  const output = await runWithBuild('pictures.js', program, [await save('a', quadrants().jpeg())]);
  expect(JSON.parse(output)).toMatchObject({ mediaType: 'image/jpeg', width: 800, previews: { 320: {} } });
});
