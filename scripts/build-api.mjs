// Writes dist/client/api.d.ts: what src/client/api.ts exports, as flat types. The declarations that the compiler has made
// lead into the whole server; these stand alone, with outputs as JSON carries them. A test holds them to be the same.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = `${root}dist/client/api.d.ts`;
const inputs = [
  ...readdirSync(`${root}dist/server`, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.d.ts') && !/^generated[\\/]/.test(file))
    .sort()
    .map((file) => `${root}dist/server/${file}`),
  `${root}src/client/api.ts`,
  `${root}package-lock.json`,
  ...['build-api.mjs', 'flat-api.mjs', 'print-type.mjs'].map((file) => `${root}scripts/${file}`),
];
const hash = createHash('sha256');
for (const file of inputs) hash.update(readFileSync(file)).update('\0');

// In the file itself, so that a declaration of the compiler's is known for one.
const head = `// Made by scripts/build-api.mjs, of ${hash.digest('hex').slice(0, 16)}.\n`;
if (!existsSync(target) || !readFileSync(target, 'utf8').startsWith(head)) {
  // Only then, as it takes longer to load than all else here.
  const { flatApi } = await import('./flat-api.mjs');
  writeFileSync(target, head + flatApi(root));
}
