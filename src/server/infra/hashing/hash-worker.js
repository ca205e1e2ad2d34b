// @ts-check
import { getPriority, setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { hashSync, verifySync } from '@node-rs/argon2';

// The entry of a hashing thread: see hash-threads.ts. It gives way to the event loop, on Linux alone: elsewhere threads have no
// priority of their own, and the whole process would get this one. JavaScript, as Node 20 loads no TypeScript in a thread.
if (process.platform === 'linux') setPriority(getPriority() + 7);

/** @param {import('./hash-jobs.ts').HashJob} job */
function run(job) {
  if (job.do === 'hash') return hashSync(job.password, job.cost);
  try {
    return verifySync(job.passwordHash, job.password);
  } catch {
    return false;
  }
}

parentPort?.on('message', (job) => parentPort?.postMessage(run(job)));
