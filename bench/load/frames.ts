/** Reads the WebSocket frames of RFC 6455, 5.2, that a server sends: complete and unmasked. */

export const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const;

/** Calls `onFrame` with the opcode and the payload's position of each frame. The bytes are valid until it returns. */
export function createFrameReader(
  onFrame: (opcode: number, bytes: Buffer, start: number, end: number) => void,
): (chunk: Buffer) => void {
  let begun: Buffer | undefined;

  return (chunk) => {
    const bytes = begun ? Buffer.concat([begun, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const { start, end } = payloadAt(bytes, at);
      if (end > bytes.length) break;
      onFrame((bytes[at] ?? 0) & 15, bytes, start, end);
      at = end;
    }
    // A copy, because the chunk's buffer is reused.
    begun = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
  };
}

function payloadAt(bytes: Buffer, at: number): { start: number; end: number } {
  if (bytes.length < at + 2) return { start: at, end: Number.POSITIVE_INFINITY };
  const short = (bytes[at + 1] ?? 0) & 127;
  if (short < 126) return { start: at + 2, end: at + 2 + short };
  const headerLength = short === 126 ? 4 : 10;
  if (bytes.length < at + headerLength) return { start: at, end: Number.POSITIVE_INFINITY };
  const length = short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
  return { start: at + headerLength, end: at + headerLength + length };
}

/** A frame as clients send it. The mask is zero, which leaves the payload unchanged. */
export function clientFrame(opcode: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const header =
    payload.length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | payload.length])
      : Buffer.from([0x80 | opcode, 0x80 | 126, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([header, Buffer.alloc(4), payload]);
}
