import { AppError } from './errors.ts';
import { jsonBytes } from './json-bytes.ts';

/** The most bytes of JSON in one answer of the typed API. */
export const maxAnswerBytes = 1_000_000;

/** Leaves room for what surrounds the rows: the envelope of the transport, and the fields beside the list. */
const reservedBytes = 1000;

/** Adds up the results of a batch, which together may be as large as one answer. */
export class BatchSize {
  #left = maxAnswerBytes;
  #last: Promise<unknown> = Promise.resolve();

  /** Runs the queries of a batch one after the other, so that none of them reads what will not fit. */
  inTurn<Result>(query: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(query);
    this.#last = result.catch(() => {});
    return result;
  }

  /** Whether not even a small result fits any more. */
  get isFull(): boolean {
    return this.#left < reservedBytes;
  }

  /** Whether the result still fits; only then it counts. */
  add(result: unknown): boolean {
    const bytes = jsonBytes(result);
    // A page of one imported message may be larger; alone it must get through.
    if (bytes > this.#left && this.#left < maxAnswerBytes) return false;
    this.#left -= bytes;
    return true;
  }
}

/**
 * The rows of one answer, as many as fit into {@link maxAnswerBytes}. The first row always fits, so that paging makes
 * progress whatever the size of a row.
 */
export class AnswerRows<Row extends object> {
  readonly rows: Row[] = [];
  #bytes = reservedBytes;
  #isExact = false;

  /** Adds rows up to the first that does not fit. Returns whether all were added. */
  add(rows: Iterable<Row>): boolean {
    for (const row of rows) {
      const bytes = this.#bytesWith(row);
      if (this.rows.length > 0 && bytes > maxAnswerBytes) return false;
      this.#bytes = bytes;
      this.rows.push(row);
    }
    return true;
  }

  /** Rows are measured only once a cheap upper bound no longer rules out an answer that is too large. */
  #bytesWith(row: Row): number {
    const bytes = this.#bytes + this.#sizeOf(row);
    if (bytes <= maxAnswerBytes || this.#isExact) return bytes;
    this.#isExact = true;
    this.#bytes = this.rows.reduce((sum, kept) => sum + this.#sizeOf(kept), reservedBytes);
    return this.#bytesWith(row);
  }

  /** With the comma between rows. */
  #sizeOf(row: Row): number {
    return 1 + (this.#isExact ? jsonBytes(row) : upperBound(row));
  }
}

/** Escaped, one UTF-16 code unit takes at most six bytes; numbers, dates, booleans and names of fields at most 48. */
function upperBound(row: object): number {
  let bytes = 2;
  for (const name in row) {
    const value = row[name as keyof typeof row] as unknown; // safe: rows are plain objects, which inherit no fields
    bytes += 48;
    if (typeof value === 'string') bytes += 6 * value.length;
    else if (typeof value === 'object' && value !== null && !(value instanceof Date))
      bytes += upperBound(value);
  }
  return bytes;
}

/** All rows, for an answer without pages. Throws 'ANSWER_TOO_LARGE' as soon as they no longer fit. */
export async function collectRows<Row extends object>(slices: AsyncIterable<Row[]>): Promise<Row[]> {
  const answer = new AnswerRows<Row>();
  for await (const slice of slices) if (!answer.add(slice)) throw new AppError('ANSWER_TOO_LARGE');
  return answer.rows;
}

/** The value, for an answer of one row. Throws 'ANSWER_TOO_LARGE'. */
export function requireAnswerSize<Row extends object>(row: Row): Row {
  if (upperBound(row) > maxAnswerBytes && jsonBytes(row) > maxAnswerBytes - reservedBytes)
    throw new AppError('ANSWER_TOO_LARGE');
  return row;
}
