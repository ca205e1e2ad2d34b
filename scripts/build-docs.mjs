// Copies the files of Swagger UI that the page /docs loads into dist/docs. Its package has ten megabytes of others, and
// depends on one that runs at installation. The two large files are compressed, as nearly all browsers take them.
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { compressFiles } from './compress-files.mjs';

const [from, to] = ['node_modules/swagger-ui-dist', 'dist/docs'].map((path) =>
  fileURLToPath(new URL(`../${path}`, import.meta.url)),
);
const compressed = ['swagger-ui.css', 'swagger-ui-bundle.js'];
const copied = ['index.css', 'favicon-16x16.png', 'favicon-32x32.png', 'LICENSE', 'NOTICE'];

const hash = createHash('sha256');
for (const file of [fileURLToPath(import.meta.url), `${from}/package.json`]) hash.update(readFileSync(file));
const inputs = hash.digest('hex');
const record = `${to}/.inputs`;

if (!existsSync(record) || readFileSync(record, 'utf8') !== inputs) {
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  for (const name of copied) copyFileSync(`${from}/${name}`, `${to}/${name}`);
  for (const name of compressed) {
    const text = readFileSync(`${from}/${name}`, 'utf8').replace(/\n?(\/\/|\/\*)# sourceMappingURL=.*/, '');
    writeFileSync(`${to}/${name}`, text);
  }
  compressFiles(to, compressed);
  copyFileSync(`${from}/swagger-ui-bundle.js.LICENSE.txt`, `${to}/swagger-ui-bundle.js.LICENSE.txt`);
  writeFileSync(record, inputs);
}
