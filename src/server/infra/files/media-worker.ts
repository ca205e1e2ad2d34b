import { setPriority } from 'node:os';
import type { MediaTask, TaskReply } from './media-tasks.ts';

// The entry of the media process: see worker-process.ts. The first argument bounds its memory, in bytes beyond what Node itself takes.
const maxMemory = Number(process.argv[2]) + process.memoryUsage.rss();
const checkEveryMs = 20;

// The server decides when this ends, also when a terminal or a service manager signals all processes of the server.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
process.once('disconnect', endNow);
setPriority(10); // chat first

/** Without waiting for what other threads are doing. */
function endNow(): void {
  process.kill(process.pid, 'SIGKILL');
}

/** Throws if a library cannot be loaded. */
async function prepare(task: MediaTask): Promise<() => Promise<unknown>> {
  if (task.do === 'inspect') {
    const { inspectMedia } = await import('./inspect-media.ts');
    return () => inspectMedia(task);
  }
  const { makeAvatar, processPicture } = await import('./read-picture.ts');
  return task.do === 'avatar' ? () => makeAvatar(task) : () => processPicture(task);
}

process.on('message', async (task: MediaTask) => {
  const read = await prepare(task); // what this throws ends the process, so that the server learns of it
  const watch = setInterval(() => {
    if (process.memoryUsage.rss() > maxMemory) endNow();
  }, checkEveryMs);
  const result = await read().catch(() => undefined);
  clearInterval(watch);
  const reply: TaskReply = { result, rss: process.memoryUsage.rss() };
  process.send?.(reply);
});

process.send?.('ready');
