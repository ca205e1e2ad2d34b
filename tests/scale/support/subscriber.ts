import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { createWaiting } from '../../support/waiting.ts';

interface Frame {
  id?: number;
  result?: {
    type: string;
    data?: { id?: string; type?: string; data?: { message?: { id: number | string } } };
  };
  error?: { data: { reason: string } };
}

const gap = 'gap';
const [room, inbox] = [1, 2];

/**
 * Follows a room and its own inbox over one socket. When that is lost it comes back at the next server and resumes, and
 * keeps the ids of all events in the order in which they came; `gap` stands where the server said so.
 */
export function openSubscriber(urls: string[], token: string, roomId: number, first: number) {
  const rooms: string[] = [];
  const inboxes: string[] = [];
  /** The id of the last event of the inbox, to resume after. */
  let inboxPosition = '0';
  /** Closings that were not our own doing, by the index of the server. */
  const lost: number[] = [];
  let node = first;
  let socket: WebSocket | undefined;
  let isOver = false;
  let subscribed = 0;
  const { changed, until } = createWaiting(() => ({
    subscribed,
    rooms: rooms.length,
    inboxes: inboxes.length,
  }));

  function connect(): void {
    const at = node % urls.length;
    const own = new WebSocket(`${urls[at]?.replace('http', 'ws')}/trpc?connectionParams=1`);
    socket = own;
    own.on('open', () => {
      own.send(JSON.stringify({ method: 'connectionParams', data: { token } }));
      subscribe(own, room);
      subscribe(own, inbox);
    });
    own.on('message', (data) => hear(own, JSON.parse(String(data)) as Frame)); // safe: as tRPC makes them
    own.on('error', () => {}); // a close follows
    own.on('close', () => {
      subscribed = 0;
      if (isOver) return;
      if (socket === own) lost.push(at);
      node += 1;
      setTimeout(connect, 50);
    });
  }

  function subscribe(to: WebSocket, kind: number): void {
    if (to.readyState !== WebSocket.OPEN) return;
    const lastEventId = kind === room ? rooms.findLast((id) => id !== gap) : inboxPosition;
    const [path, input] = kind === room ? ['chat.onMessage', { roomId }] : ['inbox.onMessage', {}];
    to.send(JSON.stringify({ id: kind, method: 'subscription', params: { path, input, lastEventId } }));
  }

  function hear(from: WebSocket, { id, result, error }: Frame): void {
    // The services that the server needs are away: what this socket has is kept, and asked for again.
    if (error) setTimeout(() => subscribe(from, id ?? room), 200);
    if (result?.type === 'started') subscribed += 1;
    if (result?.type === 'data' && id === inbox) {
      inboxPosition = result.data?.id ?? inboxPosition;
      const { message } = result.data?.data ?? {};
      if (message) inboxes.push(String(message.id));
    } else if (result?.type === 'data') {
      if (result.data?.id !== undefined) rooms.push(result.data.id);
      else if (result.data?.type === gap) rooms.push(gap);
    }
    changed();
  }

  connect();
  const end = () => {
    isOver = true;
    socket?.terminate();
  };
  onTestFinished(end);
  return {
    rooms,
    inboxes,
    lost,
    started: () => until(() => subscribed === 2, 60_000),
    until: (isSo: () => boolean, patience: number) => until(isSo, patience),
    /** Breaks the connection off, as a phone in a tunnel does. */
    breakOff() {
      const own = socket;
      socket = undefined;
      own?.terminate();
    },
    end,
  };
}

export type Subscriber = ReturnType<typeof openSubscriber>;

/** Those of `expected` that are missing although the server did not say that anything was missing there. */
export function hiddenLosses(
  heard: string[],
  expected: string[],
  compare: (a: string, b: string) => number,
): string[] {
  const held = new Set(heard);
  const gaps = heard.flatMap((id, index) =>
    id === gap
      ? [{ after: heard.slice(0, index).findLast(isId), before: heard.slice(index).find(isId) }]
      : [],
  );
  const isWithin = (id: string) =>
    gaps.some(
      ({ after, before }) =>
        (after === undefined || compare(after, id) < 0) && (before === undefined || compare(id, before) < 0),
    );
  return expected.filter((id) => !held.has(id) && !isWithin(id));
}

const isId = (id: string) => id !== gap;
