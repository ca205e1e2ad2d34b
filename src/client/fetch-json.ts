import type { HTTPLinkOptions } from '@trpc/client';
import type { AppRouter } from './api.ts';
import { UnreachableError } from './errors.ts';

/**
 * As `fetch`, for answers of the server. Rejects with an {@link UnreachableError} for anything else: also where the answer
 * breaks off, and where a gateway answers in JSON of its own.
 */
export const fetchJson: NonNullable<
  HTTPLinkOptions<AppRouter['_def']['_config']['$types']>['fetch']
> = async (input, init) => {
  let response: Response;
  try {
    response = await fetch(input, init as RequestInit); // safe: tRPC's type of it has fewer properties
  } catch (cause) {
    throw unreachable(cause, init?.signal);
  }
  if (!/^application\/([\w.-]+\+)?json\b/i.test(response.headers.get('content-type') ?? '')) {
    await response.body?.cancel();
    throw new UnreachableError(response.status);
  }
  const read = response.json.bind(response);
  async function json(): Promise<unknown> {
    const answer: unknown = await read().catch((cause: unknown) => {
      throw unreachable(cause, init?.signal);
    });
    if (isAnswer(answer)) return answer;
    throw new UnreachableError(response.status);
  }
  return Object.assign(response, { json });
};

/** As tRPC's server answers, with one result or error, or one for each call of a batch. */
function isAnswer(answer: unknown): boolean {
  if (Array.isArray(answer)) return answer.every(isAnswer);
  if (typeof answer !== 'object' || answer === null) return false;
  return 'result' in answer || ('error' in answer && typeof answer.error === 'object');
}

/** What to throw after `fetch` has rejected: an abort by the caller is none. */
export const unreachable = (cause: unknown, signal: AbortSignal | null | undefined): unknown =>
  signal?.aborted ? cause : new UnreachableError(undefined, { cause });
