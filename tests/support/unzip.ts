import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './harness.ts';

/** What another program finds in a ZIP archive: the content of each file, of those with lines as what they say. */
export async function unzip(bytes: Uint8Array): Promise<Record<string, unknown>> {
  const path = join(await temporaryFolder(), 'archive.zip');
  await writeFile(path, bytes);
  const script = `
import json, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
print(json.dumps({name: archive.read(name).decode() for name in archive.namelist()}))`;
  const { stdout } = await promisify(execFile)('python3', ['-c', script, path], { maxBuffer: 2 ** 26 });
  const contents = Object.entries(JSON.parse(stdout) as Record<string, string>);
  return Object.fromEntries(
    contents.map(([name, content]) => [
      name,
      name.endsWith('.jsonl')
        ? content
            .split('\n')
            .filter(Boolean)
            .map((line) => JSON.parse(line))
        : content,
    ]),
  );
}
