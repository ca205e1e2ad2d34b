// Builds the web client into dist/web, unless it was already built from the same files.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compressFiles } from './compress-files.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const record = `${root}dist/web/.inputs`;
const sources = ['src/web', 'src/client'].flatMap((folder) =>
  readdirSync(root + folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .sort(),
);

const hash = createHash('sha256');
for (const file of [
  ...sources,
  fileURLToPath(import.meta.url),
  `${root}vite.config.ts`,
  `${root}scripts/compress-files.mjs`,
  `${root}scripts/narrow-fonts.mjs`,
  `${root}package-lock.json`,
])
  hash
    .update(`${file.slice(root.length)}\0`)
    .update(readFileSync(file))
    .update('\0');
const inputs = hash.digest('hex');

if (inputs !== recorded()) {
  rmSync(record, { force: true });
  // Any other value, such as the tests' own, would include React's development build.
  process.env.NODE_ENV = 'production';
  const { build } = await import('vite'); // loaded only if needed, because it takes longer than everything else here
  await build({ configFile: `${root}vite.config.ts`, root: `${root}src/web`, logLevel: 'warn' });
  compressFiles(`${root}dist/web/assets`, ['.js', '.css', '.svg']);
  writeFileSync(record, inputs);
}

function recorded() {
  try {
    return readFileSync(record, 'utf8');
  } catch {
    return undefined;
  }
}
