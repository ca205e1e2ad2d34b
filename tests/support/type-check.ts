import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { emptyFolder } from './packed.ts';

const tsc = fileURLToPath(new URL('../../node_modules/@typescript/native/bin/tsc', import.meta.url));

interface Check {
  passed: boolean;
  /** What the compiler prints. */
  output: string;
  /** From its start to its end. */
  ms: number;
}

/** Type-checks with TypeScript 7, in a process of its own, by a configuration that says all there is to say. */
export async function typeCheck(configuration: object, args: string[] = []): Promise<Check> {
  const project = join(await emptyFolder(), 'tsconfig.json');
  await writeFile(project, JSON.stringify(configuration));
  const start = performance.now();
  const child = spawn(process.execPath, [tsc, '-p', project, '--pretty', 'false', ...args]);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return { passed: code === 0, output, ms: performance.now() - start };
}
