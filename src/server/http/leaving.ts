import type { ServerResponse } from 'node:http';

/** Tells the calls of a request when its client disconnects. */
export class Leaving {
  readonly #res: ServerResponse;
  #signal: AbortSignal | undefined;

  constructor(res: ServerResponse) {
    this.#res = res;
  }

  /** Created on demand, because creating it costs as much as a short call. */
  get signal(): AbortSignal {
    this.#signal ??= signalOf(this.#res);
    return this.#signal;
  }
}

function signalOf(res: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const abort = () => {
    if (!res.writableEnded) controller.abort();
  };
  if (res.destroyed) abort();
  else res.once('close', abort);
  return controller.signal;
}
