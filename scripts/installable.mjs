// What makes the web client installable: its manifest, its icons, and the worker that keeps its files.
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

const web = join(import.meta.dirname, '../src/web');
const color = '#0f6e6a';

const icons = [
  { name: 'icons/192.png', size: 192, purpose: 'any' },
  { name: 'icons/512.png', size: 512, purpose: 'any' },
  // Cut to a shape that the system chooses, of which only the middle is certain to be seen.
  { name: 'icons/maskable-512.png', size: 512, purpose: 'maskable' },
];

const manifest = {
  name: 'Mirage',
  description: 'Group rooms and private messages.',
  id: './',
  start_url: './',
  scope: './',
  display: 'standalone',
  background_color: '#f3efe8',
  theme_color: '#f4f1ec',
  icons: icons.map(({ name, size, purpose }) => ({
    src: `./${name}`,
    sizes: `${size}x${size}`,
    type: 'image/png',
    purpose,
  })),
};

/** @param {{ size: number, purpose: string }} icon */
async function draw({ size, purpose }) {
  const inner = purpose === 'maskable' ? Math.round(size * 0.7) : size;
  const margin = Math.floor((size - inner) / 2);
  const rest = size - inner - margin;
  return sharp(await readFile(join(web, 'icon.svg')), { density: 72 * 16 })
    .resize(inner)
    .extend({ top: margin, left: margin, bottom: rest, right: rest, background: color })
    .flatten(purpose === 'maskable' ? { background: color } : false)
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** A plugin for Vite. @returns {import('vite').Plugin} */
export const installable = () => ({
  name: 'installable',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'link', attrs: { rel: 'manifest', href: './manifest.webmanifest' }, injectTo: 'head' },
  ],
  async generateBundle() {
    /** @param {string} fileName @param {string | Uint8Array} source */
    const emit = (fileName, source) => this.emitFile({ type: 'asset', fileName, source });
    emit('manifest.webmanifest', JSON.stringify(manifest));
    for (const icon of icons) emit(icon.name, await draw(icon));
  },
  /** When all names are known, those of smaller fonts as well. */
  writeBundle: {
    order: 'post',
    sequential: true,
    async handler({ dir = '' }, bundle) {
      const files = Object.keys(bundle)
        .map((name) => bundle[name]?.fileName ?? name)
        .filter((name) => name.startsWith('assets/'))
        .sort();
      const hash = createHash('sha256')
        .update(files.join('\n'))
        .update(await readFile(join(dir, 'index.html')));
      const shell = JSON.stringify({ version: hash.digest('hex').slice(0, 16), files: ['./', ...files] });
      const worker = await readFile(join(web, 'service-worker.js'), 'utf8');
      const written = worker.replace("/* shell */ { version: '', files: [] }", () => shell);
      if (written === worker) throw new Error('the worker has no place for the files');
      await writeFile(join(dir, 'service-worker.js'), written);
    },
  },
});
