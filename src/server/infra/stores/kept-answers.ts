import { AppError } from '../../core/errors.ts';

/** A request that its caller may repeat under the same key. Only hashes of it are kept. */
export interface Attempt {
  /** Hash of the caller and the key. */
  id: string;
  /** Hash of the request: one id stands for one request. */
  request: string;
  /** Whose answers are counted together. */
  owner: string;
}

/** What became of an attempt. `turn`: it is the first, and to be carried out. */
export type Begun =
  | { kind: 'turn'; turn: Turn }
  | { kind: 'kept'; answer: string }
  | { kind: 'otherRequest' };

/** The right to carry out a request, until one of the two is called. */
export interface Turn {
  /** Gives all repeats this answer. */
  keep(answer: string): Promise<void>;
  /** Keeps nothing: the next repeat is carried out. */
  leave(): Promise<void>;
}

/**
 * Answers to requests that may be repeated, each kept for a day. Implementations must pass
 * tests/stores/kept-answers.contract.ts.
 */
export interface KeptAnswers {
  /**
   * Resolves at once, or when an attempt that is under way has ended. Throws 'TOO_MANY_REQUESTS' if too many of the same
   * owner wait.
   */
  begin(attempt: Attempt): Promise<Begun>;
}

export const keptMs = 24 * 60 * 60 * 1000;

/** Beyond them, the oldest answers of the same owner are forgotten. */
export interface KeptAnswersLimits {
  answers: number;
  bytes: number;
}

export const keptAnswersLimits: KeptAnswersLimits = { answers: 1000, bytes: 1024 * 1024 };

const maxWaiting = 50;

/** Bounds the repeats of each owner that wait at one time. */
export function createWaiting() {
  const owners = new Map<string, number>();
  return async function wait(owner: string, until: Promise<unknown>): Promise<void> {
    const waiting = owners.get(owner) ?? 0;
    if (waiting >= maxWaiting) throw new AppError('TOO_MANY_REQUESTS', { retryAfterMs: 1000 });
    owners.set(owner, waiting + 1);
    await until;
    const others = (owners.get(owner) ?? 1) - 1;
    if (others > 0) owners.set(owner, others);
    else owners.delete(owner);
  };
}
