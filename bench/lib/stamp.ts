/** Microseconds of a clock that all processes of the machine share. */
export const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

const digits = 16;

/** A text of `length` characters that contains the time it was made, so that the reader can compute the latency. */
export function stampedText(length = 60): string {
  return `t=${String(nowUs()).padStart(digits, '0')};`.padEnd(length, 'x');
}

const mark = Buffer.from('t=0');
export const stampLength = mark.length - 1 + digits;

/** Where a stamp begins in the bytes from `start`, or -1. */
export const findStamp = (bytes: Buffer, start: number): number => bytes.indexOf(mark, start);

/** The time in the stamp that begins at `start`. */
export function readStamp(bytes: Buffer, start: number): number {
  let us = 0;
  for (let at = start + mark.length - 1; at < start + stampLength; at += 1)
    us = us * 10 + (bytes[at] ?? 48) - 48;
  return us;
}
