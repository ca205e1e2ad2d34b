/**
 * npm run bench:import                        100,000 users and 1,000,000 messages into an empty database
 * npm run bench:import -- --users 1000 --messages 20000
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { writeLegacyDatabase } from './lib/legacy-database.ts';

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '100000' },
    messages: { type: 'string', default: '1000000' },
  },
});

/** The compiled file is in dist/bench. */
const command = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const say = (line: string) => process.stdout.write(`${line}\n`);

const folder = mkdtempSync(join(tmpdir(), 'mirage-bench-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

const legacy = `${folder}/db.sqlite`;
writeLegacyDatabase(legacy, { users: Number(values.users), messages: Number(values.messages) });
say(`${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}`);
say(
  `legacy database: ${values.users} users, ${values.messages} messages, ${megabytes(statSync(legacy).size)}`,
);

for (const run of ['first run', 'second run']) {
  const startedAt = performance.now();
  const child = spawn(process.execPath, [command, 'import-legacy', '--db', legacy], {
    env: { DATABASE_URL: `file:${folder}/mirage.db` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let peak = 0;
  let ticks = 0;
  const look = setInterval(() => {
    peak = Math.max(peak, peakMemory(child.pid));
    ticks = Math.max(ticks, cpuTicks(child.pid));
  }, 50);
  child.stderr.resume();
  const [code] = await once(child, 'close');
  clearInterval(look);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  say(
    `${run}: exit code ${code}, ${seconds} s, ${ticks / 100} s of CPU time, at most ${megabytes(peak)} of memory`,
  );
}

/** Bytes so far. */
function peakMemory(pid: number | undefined): number {
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) * 1024;
}

/** User and system time, in hundredths of a second. */
function cpuTicks(pid: number | undefined): number {
  const fields = read(`/proc/${pid}/stat`).split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // the process has exited
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`;
}
