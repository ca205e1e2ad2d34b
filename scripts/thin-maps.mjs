// Makes the source maps in dist smaller, for the packed file: each leads to the line of the source, and no longer to the place
// in it. Stack traces and debuggers need no more, and a map is half as large.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decode, encode } from '@jridgewell/sourcemap-codec';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

/** Of the segments of a line, those that begin another line of the source. */
const byLine = (segments) => segments.filter(([, , line], index) => line !== segments[index - 1]?.[2]);

for (const name of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.js.map')) continue;
  const map = JSON.parse(readFileSync(`${dist}/${name}`, 'utf8'));
  const mappings = encode(decode(map.mappings).map(byLine));
  writeFileSync(`${dist}/${name}`, JSON.stringify({ ...map, names: [], mappings }));
}
