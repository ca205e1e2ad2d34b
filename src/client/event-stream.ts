import { TRPCClientError } from '@trpc/client';
import { createParser } from 'eventsource-parser';
import { UnreachableError } from './errors.ts';
import { unreachable } from './fetch-json.ts';

interface Handlers {
  onOpen(): void;
  onMessage(message: unknown): void;
}

/** Until the server has announced its own inactivity timeout. */
const defaultSilenceMs = 60_000;

/**
 * Requests an event stream and reads it. Rejects when it ends, is cut off, is silent for too long or is aborted, and with a
 * `TRPCClientError` if the server refuses it.
 */
export async function readEventStream(
  url: string,
  init: RequestInit,
  abort: AbortController,
  { onOpen, onMessage }: Handlers,
): Promise<never> {
  let silenceMs = defaultSilenceMs;
  let timer: ReturnType<typeof setTimeout> | undefined;
  function expectMore(): void {
    clearTimeout(timer);
    timer = setTimeout(() => abort.abort(new Error('the event stream was silent for too long')), silenceMs);
  }
  const parser = createParser({
    onEvent({ event, data }) {
      if (event === undefined) onMessage(JSON.parse(data));
      if (event !== 'connected') return;
      silenceMs = (JSON.parse(data) as { reconnectAfterInactivityMs: number }).reconnectAfterInactivityMs; // safe: as the server sends it
      onOpen();
    },
  });

  try {
    expectMore();
    const response = await request(url, { ...init, signal: abort.signal });
    const reader = response.body?.getReader();
    if (!reader) throw new Error('this runtime cannot read event streams');
    const decoder = new TextDecoder();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) throw new Error('the event stream has ended');
      expectMore();
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } finally {
    clearTimeout(timer);
  }
}

async function request(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init).catch((cause: unknown) => {
    throw unreachable(cause, init.signal);
  });
  const type = response.headers.get('content-type') ?? '';
  if (response.ok && type.startsWith('text/event-stream')) return response;
  const answer: unknown = type.startsWith('application/json') ? await response.json() : undefined;
  if (isRefusal(answer)) throw TRPCClientError.from(answer);
  await response.body?.cancel();
  throw new UnreachableError(response.status);
}

/** Whether an answer is an error as tRPC sends it. */
const isRefusal = (answer: unknown): answer is { error: never } =>
  typeof answer === 'object' && answer !== null && 'error' in answer && typeof answer.error === 'object';
