import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** An answer as it came over the wire. */
export interface WireAnswer {
  status: number;
  /** With names in lower case. */
  headers: Map<string, string>;
  body: Buffer;
}

/** Takes bytes as they come, and gives answers. */
export class AnswerReader {
  #bytes: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
  }

  /** The next whole answer, if there is one; `toHead` when it is the answer to a HEAD, `isOver` when no more will come. */
  next(toHead: boolean, isOver = false): WireAnswer | undefined {
    const end = this.#bytes.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const [first = '', ...lines] = this.#bytes.toString('latin1', 0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
    if (!status) throw new Error(`this is no answer: ${first.slice(0, 200)}`);
    const headers = new Map(
      lines.map((line) => {
        const colon = line.indexOf(':');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
      }),
    );
    const start = end + 4;
    if (status === 100) {
      this.#bytes = this.#bytes.subarray(start);
      return this.next(toHead, isOver);
    }
    const isBare = toHead || status === 204 || status === 304;
    const found = isBare ? { body: Buffer.alloc(0), end: start } : this.#body(headers, start, isOver);
    if (!found) return undefined;
    this.#bytes = this.#bytes.subarray(found.end);
    return { status, headers, body: found.body };
  }

  #body(
    headers: Map<string, string>,
    start: number,
    isOver: boolean,
  ): { body: Buffer; end: number } | undefined {
    // To a caller of old, the end of the connection is that of the body.
    if (!headers.has('transfer-encoding') && !headers.has('content-length'))
      return isOver ? { body: this.#bytes.subarray(start), end: this.#bytes.length } : undefined;
    if (headers.get('transfer-encoding') !== 'chunked') {
      const end = start + Number(headers.get('content-length'));
      return end <= this.#bytes.length ? { body: this.#bytes.subarray(start, end), end } : undefined;
    }
    const parts: Buffer[] = [];
    for (let at = start; ; ) {
      const line = this.#bytes.indexOf('\r\n', at);
      if (line < 0) return undefined;
      const size = Number.parseInt(this.#bytes.toString('latin1', at, line), 16);
      const next = line + 2 + size + 2;
      if (next > this.#bytes.length) return undefined;
      if (size === 0) return { body: Buffer.concat(parts), end: next };
      parts.push(this.#bytes.subarray(line + 2, line + 2 + size));
      at = next;
    }
  }
}

export interface WireRequest {
  bytes: Buffer;
  isHead: boolean;
}

export type Pipeline = ReturnType<typeof createPipeline>;

/** A connection that is kept, over which many requests are sent before the first is answered. */
export function createPipeline(url: string) {
  const { hostname, port } = new URL(url);
  let socket: Socket | undefined;

  return {
    /** The answers, in order. Fewer than the requests if the server has closed the connection after the last of them. */
    async send(requests: WireRequest[]): Promise<WireAnswer[]> {
      if (!socket || socket.destroyed || !socket.writable) {
        socket = connect(Number(port), hostname);
        socket.on('error', () => {}); // a close follows
        await once(socket, 'connect');
      }
      const open = socket;
      const reader = new AnswerReader();
      const answers: WireAnswer[] = [];
      return new Promise((resolve, reject) => {
        const done = () => {
          open.off('data', read).off('close', closed);
          if (answers.at(-1)?.headers.get('connection') === 'close') open.destroy(); // its end may come later
          resolve(answers);
        };
        const read = (chunk: Buffer) => {
          try {
            reader.push(chunk);
            while (answers.length < requests.length) {
              const answer = reader.next(requests[answers.length]?.isHead ?? false);
              if (!answer) return;
              answers.push(answer);
            }
            done();
          } catch (error) {
            open.destroy();
            reject(error);
          }
        };
        const closed = () => {
          open.destroy();
          done();
        };
        open.on('data', read).on('close', closed);
        open.write(Buffer.concat(requests.map(({ bytes }) => bytes)));
      });
    },

    close: () => void socket?.destroy(),
  };
}

/** Sends bytes over a connection of its own, says that there are no more, and reads until the other side has done. */
export async function exchange(url: string, bytes: Buffer): Promise<WireAnswer[]> {
  const { hostname, port } = new URL(url);
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
  const reader = new AnswerReader();
  const answers: WireAnswer[] = [];
  socket.on('error', () => {}); // a close follows
  socket.on('data', (chunk: Buffer) => {
    reader.push(chunk);
    for (let answer = reader.next(false); answer; answer = reader.next(false)) answers.push(answer);
  });
  socket.on('end', () => socket.end());
  socket.end(bytes);
  await once(socket, 'close');
  const last = reader.next(false, true);
  return last ? [...answers, last] : answers;
}
