import { TRPCError } from '@trpc/server';
import type { Context } from '../../api/context.ts';
import type { Leaving } from '../leaving.ts';

/** One call of an HTTP request. */
export class HttpCall {
  readonly path: string;
  readonly batchIndex: number;
  ctx: Context | undefined;
  /** Undefined until a step has read it. */
  parsedInput: unknown;
  readonly #read: () => unknown;
  readonly #leaving: Leaving;
  #isRead = false;

  /** `read` gives the input as it was sent. */
  constructor(path: string, read: () => unknown, leaving: Leaving, batchIndex = 0) {
    this.path = path;
    this.batchIndex = batchIndex;
    this.#read = read;
    this.#leaving = leaving;
  }

  getInput(): unknown {
    if (!this.#isRead) this.parsedInput = this.#read();
    this.#isRead = true;
    return this.parsedInput;
  }

  get signal(): AbortSignal {
    return this.#leaving.signal;
  }
}

/** The JSON of an input; undefined if there is none. Throws 'BAD_REQUEST'. */
export function parseInput(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', message: (cause as Error).message, cause }); // safe: JSON.parse throws Errors
  }
}
