import { Worker } from 'node:worker_threads';
import type { HashJob } from './hash-jobs.ts';

/** A thread is ended once it has had nothing to do for so long. */
const idleMs = 30_000;

interface Thread {
  worker: Worker;
  idle: NodeJS.Timeout | undefined;
}

const free: Thread[] = [];

/**
 * Hashes a password, or compares one, in a thread of lower priority. On Node's own pool, whose threads have that of the process,
 * hashes keep the event loop from running for tens of milliseconds once there are as many as processors. Where no thread can be
 * started, they run there. How many run at a time is up to the caller.
 */
export function runHashJob(job: HashJob & { do: 'hash' }): Promise<string>;
export function runHashJob(job: HashJob & { do: 'verify' }): Promise<boolean>;
export function runHashJob(job: HashJob): Promise<unknown> {
  return runInThread(job).catch(() => runOnPool(job));
}

/** The library is loaded here only then. */
async function runOnPool(job: HashJob): Promise<unknown> {
  const { hash, verify } = await import('@node-rs/argon2');
  if (job.do === 'hash') return hash(job.password, job.cost);
  return verify(job.passwordHash, job.password).catch(() => false);
}

async function runInThread(job: HashJob): Promise<unknown> {
  const thread = free.pop() ?? open();
  clearTimeout(thread.idle);
  const { worker } = thread;
  worker.ref();
  try {
    const result = await replyTo(worker, job);
    worker.unref();
    thread.idle = setTimeout(() => end(thread), idleMs).unref();
    free.push(thread);
    return result;
  } catch (error) {
    void worker.terminate();
    throw error;
  }
}

function open(): Thread {
  return {
    worker: new Worker(new URL('hash-worker.js', import.meta.url), { execArgv: [], env: {} }),
    idle: undefined,
  };
}

function replyTo(worker: Worker, job: HashJob): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void) => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      done();
    };
    const onMessage = (result: unknown) => settle(() => resolve(result));
    const onError = (error: Error) => settle(() => reject(error));
    const onExit = () => settle(() => reject(new Error('a hashing thread has ended')));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
    worker.postMessage(job);
  });
}

function end(thread: Thread): void {
  const place = free.indexOf(thread);
  if (place < 0) return;
  free.splice(place, 1);
  void thread.worker.terminate();
}
