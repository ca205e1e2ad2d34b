import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** The answer that is under way on a connection, if any. Node keeps it where only Node is meant to look. */
export function pendingResponse(socket: Duplex): ServerResponse | undefined {
  return (socket as Duplex & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}
