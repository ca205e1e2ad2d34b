import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { brotliCompressSync } from 'node:zlib';

/** Replaces the files of a folder that have these endings by ones that are compressed with Brotli: `a.js` by `a.js.br`. */
export function compressFiles(folder, endings) {
  for (const name of readdirSync(folder).filter((file) => endings.some((ending) => file.endsWith(ending)))) {
    writeFileSync(`${folder}/${name}.br`, brotliCompressSync(readFileSync(`${folder}/${name}`)));
    rmSync(`${folder}/${name}`);
  }
}
