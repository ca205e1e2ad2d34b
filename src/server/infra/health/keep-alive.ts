import type { Logger } from '../../core/logger.ts';

export interface KeepAlive {
  /** Records room traffic. */
  touch(): void;
  close(): void;
}

const intervalMs = 60_000;

/**
 * Requests `url` once a minute while there is traffic, for hosting services that suspend idle applications. There is at
 * most one timer, and none while idle.
 */
export function createKeepAlive(url: string | undefined, log: Logger): KeepAlive {
  if (url === undefined) return { touch() {}, close() {} };

  let busy = false;
  let timer: NodeJS.Timeout | undefined;

  function tick() {
    timer = undefined;
    if (!busy) return;
    busy = false;
    ping(url ?? '', log);
    start();
  }

  function start() {
    timer ??= setTimeout(tick, intervalMs).unref();
  }

  return {
    touch() {
      busy = true;
      start();
    },
    close() {
      clearTimeout(timer);
    },
  };
}

function ping(url: string, log: Logger): void {
  fetch(url, { signal: AbortSignal.timeout(10_000) }).then(
    (response) => void response.body?.cancel(),
    (error: unknown) => log.warn({ err: error }, 'keep-alive request failed'),
  );
}
