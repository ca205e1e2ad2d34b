/**
 * Reads the answers to sequential requests, and calls `onReply` with the status, the text and the bytes of each. It is as cheap
 * as possible, because CPU time used by the load generator is not available to the server.
 */
export function createReplyReader(
  onReply: (status: number, text: string, bytes: Buffer) => void,
): (chunk: Buffer) => void {
  let begun: Buffer | undefined;

  return (chunk) => {
    const bytes = begun ? Buffer.concat([begun, chunk]) : chunk;
    if (isWhole(bytes)) {
      begun = undefined;
      const status = ((bytes[9] ?? 0) - 48) * 100 + ((bytes[10] ?? 0) - 48) * 10 + (bytes[11] ?? 0) - 48;
      onReply(status, status === 200 ? '' : bytes.toString(), bytes);
    } else begun = bytes;
  };
}

const lastChunk = Buffer.from('0\r\n\r\n');

/** Whether a chunked body ends with these bytes. */
export const endsBody = (bytes: Buffer): boolean =>
  bytes.length >= lastChunk.length && lastChunk.compare(bytes, bytes.length - lastChunk.length) === 0;

const lengthName = /\r\ncontent-length: *(\d+)/i;

function isWhole(bytes: Buffer): boolean {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const length = lengthName.exec(bytes.toString('latin1', 0, headEnd))?.[1];
  if (length !== undefined) return bytes.length >= headEnd + 4 + Number(length);
  return endsBody(bytes);
}
