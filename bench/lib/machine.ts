import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { isPinned } from './process.ts';

const version = (name: string) => {
  const text = readFileSync(new URL(`../../../node_modules/${name}/package.json`, import.meta.url), 'utf8');
  return `${name} ${(JSON.parse(text) as { version: string }).version}`; // safe: every package.json has one
};

/** The machine and the versions that the figures depend on. */
export function machine(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  const lines = [
    `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${gigabytes} GB, ${type()} ${release()}`,
    `Node ${process.version}, ${['@trpc/server', 'express', 'ws', 'socket.io', 'better-sqlite3', '@prisma/client'].map(version).join(', ')}`,
    isPinned ? 'server and load pinned to a core each' : 'server and load **not** pinned to cores',
  ];
  return lines.map((line) => `- ${line}`).join('\n');
}
