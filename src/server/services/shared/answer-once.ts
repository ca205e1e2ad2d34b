import { createHash, createHmac } from 'node:crypto';
import { networkOf } from '../../core/address.ts';
import { AppError } from '../../core/errors.ts';
import type { Session } from '../../core/session.ts';
import type { Attempt } from '../../infra/stores/kept-answers.ts';
import type { Deps } from './deps.ts';

/** A call under a key that its caller chose. */
export interface KeyedCall {
  key: string;
  /** What is called. */
  path: string;
  /** As it was sent. */
  input: unknown;
  /** The caller, authenticated; null for one without a session. */
  session: Session | null;
  /** The caller's network address. */
  address: string;
}

/** What a call has given, and the form in which repeats are to find it, if they are to. */
export interface Answered<Result> {
  result: Result;
  kept: string | undefined;
}

/**
 * Carries out a call, or gives the answer that is kept of an earlier one of the same caller with the same key. Throws
 * 'IDEMPOTENCY_KEY_REUSED' if that was another call.
 */
export async function answerOnce<Result>(
  { keptAnswers, log }: Pick<Deps, 'keptAnswers' | 'log'>,
  call: KeyedCall,
  run: () => Promise<Answered<Result>>,
): Promise<{ result: Result } | { kept: string }> {
  const begun = await keptAnswers.begin(attemptOf(call));
  if (begun.kind === 'otherRequest') throw new AppError('IDEMPOTENCY_KEY_REUSED');
  if (begun.kind === 'kept') return { kept: begun.answer };
  const { turn } = begun;
  let kept: string | undefined;
  try {
    const answered = await run();
    kept = answered.kept;
    return { result: answered.result };
  } finally {
    // The caller gets the answer also where it cannot be kept.
    await (kept === undefined ? turn.leave() : turn.keep(kept)).catch((err: unknown) =>
      log.debug({ err }, 'answer not kept'),
    );
  }
}

/**
 * The request is hashed with the key as its secret, so that a stored hash cannot be used to guess passwords. Callers
 * that use the same key are told apart by user or access token or, without a session, by the whole request.
 */
function attemptOf({ key, path, input, session, address }: KeyedCall): Attempt {
  // These calls depend on the session that they are made with.
  const sessionId = path.startsWith('auth.') ? (session?.id ?? null) : null;
  const request = createHmac('sha256', key)
    .update(JSON.stringify([path, sessionId, input]))
    .digest('base64url');
  return {
    id: hashOf([...callerOf(session, request), key]),
    owner: hashOf(session ? ['user', session.username] : ['network', networkOf(address)]),
    request,
  };
}

/** An access token is a caller of its own, who may not be given what the user was answered in a session. */
function callerOf(session: Session | null, request: string): string[] {
  if (!session) return ['stranger', request];
  return session.scopes ? ['access token', String(session.id)] : ['user', session.username];
}

const hashOf = (parts: string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
