import { onTestFinished } from 'vitest';
import { createWaiting } from './waiting.ts';

export interface StreamEvent {
  event?: string;
  data?: string;
  id?: string;
}

interface StreamOptions {
  token?: string;
  input?: unknown;
  query?: Record<string, string>;
  headers?: Record<string, string>;
}

/** An event stream as received, without a client that would reconnect. */
export async function openStream(url: string, procedure: string, options: StreamOptions = {}) {
  const { token, input, query, headers } = options;
  const search = new URLSearchParams({
    ...(input !== undefined && { input: JSON.stringify(input) }),
    ...query,
  });
  const aborted = new AbortController();
  onTestFinished(() => aborted.abort());
  const response = await fetch(`${url}/trpc/${procedure}?${search}`, {
    signal: aborted.signal,
    headers: { accept: 'text/event-stream', ...(token && { authorization: `Bearer ${token}` }), ...headers },
  });

  let text = '';
  let isOver = false;
  let isWhole = false;
  const events = () =>
    text
      .split(/\n{2,}/)
      .slice(0, -1)
      .map(parseEvent);
  const { changed, until } = createWaiting(() => text);
  async function read() {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      changed();
    }
    isWhole = true;
  }
  void read()
    .catch(() => {})
    .finally(() => {
      isOver = true;
      changed();
    });

  return {
    response,
    events,
    text: () => text,
    until: (isSo: () => boolean) => until(isSo),
    has: (part: string) => until(() => text.includes(part)),
    over: () => until(() => isOver),
    /** Whether it was ended, not cut off. */
    isWhole: () => isWhole,
    /** Disconnects. */
    close: () => aborted.abort(),
  };
}

function parseEvent(text: string): StreamEvent {
  return Object.fromEntries(
    text.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
}

/** The error that ended a stream, if one did. */
export function errorOf(events: StreamEvent[]): { data: { reason: string } } | undefined {
  const text = events.find(({ event }) => event === 'serialized-error')?.data;
  return text === undefined ? undefined : JSON.parse(text);
}
