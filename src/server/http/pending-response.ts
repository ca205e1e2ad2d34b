import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';

/** The response in progress on a connection, if any. Node offers no public API for it. */
export function pendingResponse(socket: Duplex): ServerResponse | undefined {
  return (socket as Duplex & { _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}
