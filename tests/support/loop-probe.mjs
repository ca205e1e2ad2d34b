import { readFileSync } from 'node:fs';

/**
 * Loaded into a server: measures the longest time that the event loop did not turn, and the largest size of the process. On
 * SIGUSR2 it logs both since the last signal, as `probe <number>`.
 */
const schedule = `/proc/self/task/${process.pid}/schedstat`;

/** CPU time of the main thread in milliseconds, which other processes on the machine do not add to; real time elsewhere. */
function threadMs() {
  try {
    return Number(readFileSync(schedule, 'utf8').split(' ', 1)[0]) / 1e6;
  } catch {
    return performance.now();
  }
}

let last = threadMs();
let blockMs = 0;
let rss = 0;
let reports = 0;

setInterval(() => {
  const now = threadMs();
  blockMs = Math.max(blockMs, now - last);
  rss = Math.max(rss, process.memoryUsage.rss());
  last = now;
}, 2).unref();

process.on('SIGUSR2', () => {
  reports += 1;
  process.stdout.write(`${JSON.stringify({ level: 30, msg: `probe ${reports}`, blockMs, rss })}\n`);
  blockMs = 0;
  rss = process.memoryUsage.rss();
});
