import { AppError, type Reason } from '../core/errors.ts';
import { idempotencyKeyForm, parseIdempotencyKey } from '../core/idempotency-key.ts';
import type { Session } from '../core/session.ts';
import { findSession } from '../services/sessions/authenticate.ts';
import { type Answered, answerOnce } from '../services/shared/answer-once.ts';
import type { Context } from './context.ts';

/**
 * How a mutation repeated with the same key is answered, if not with the first answer. `again`: it is carried out
 * again, because that is harmless or deduplicated. `alreadyDone`: 'ALREADY_DONE' with the id of what was made, because
 * the answer holds a secret. `reread`: what it has changed, as it is now, because the text may be deleted or changed.
 */
export type Repeat =
  | 'again'
  | 'alreadyDone'
  | { reread(deps: Context['deps'], username: string, input: unknown): Promise<unknown> };

interface Mutation {
  path: string;
  repeat: Repeat | undefined;
  /** As it was sent. */
  getInput(): unknown;
}

/** Refusals that are not final: the same call may succeed later, or has done nothing yet. */
const passing: ReadonlySet<Reason> = new Set([
  'UNAUTHORIZED',
  'OUT_OF_SCOPE',
  'PROOF_REQUIRED',
  'INVALID_INPUT',
  'TOO_MANY_REQUESTS',
  'SLOW_MODE',
  'UNAVAILABLE',
  'INTERNAL',
  'ABORTED',
]);

/** What is kept of an answer. */
type Kept =
  | { data?: unknown }
  | { refusal: { reason: Reason; message: string; hidden?: Reason } }
  | { made: number | string }
  | { reread: true };

/** Carries out a mutation, once for all calls of the same caller with the key in `header`. */
export async function runOnce(
  ctx: Context,
  header: string,
  { path, repeat, getInput }: Mutation,
  run: () => Promise<unknown>,
): Promise<unknown> {
  const key = requireKey(header);
  if (repeat === 'again') return run();
  // Before anything is answered: a session that has ended replays nothing.
  const session = await sessionIfAny(ctx);
  const input = await getInput();
  const { deps, address } = ctx;
  const answer = await answerOnce(deps, { key, path, input, session, address }, () => answerOf(run, repeat));
  if ('result' in answer) return answer.result();
  const kept = JSON.parse(answer.kept) as Kept; // safe: as it was kept below
  if ('refusal' in kept) throw new AppError(kept.refusal.reason, kept.refusal);
  if ('made' in kept) throw new AppError('ALREADY_DONE', { id: kept.made });
  if (!('reread' in kept)) return kept.data;
  if (typeof repeat !== 'object' || !session) throw new AppError('IDEMPOTENCY_KEY_REUSED');
  return repeat.reread(deps, session.username, input);
}

/** The result is a function, which throws again what the call has thrown. */
async function answerOf(
  run: () => Promise<unknown>,
  repeat: Exclude<Repeat, 'again'> | undefined,
): Promise<Answered<() => unknown>> {
  try {
    const data = await run();
    return { result: () => data, kept: JSON.stringify(keptOf(data, repeat)) };
  } catch (error) {
    const result = () => {
      throw error;
    };
    if (!(error instanceof AppError) || passing.has(error.reason)) return { result, kept: undefined };
    const { reason, message, hidden } = error;
    return { result, kept: JSON.stringify({ refusal: { reason, message, hidden } }) };
  }
}

function keptOf(data: unknown, repeat: Exclude<Repeat, 'again'> | undefined): Kept {
  if (repeat === undefined) return { data };
  if (repeat === 'alreadyDone') return { made: (data as { id: number | string }).id }; // safe: such a procedure gives one
  return { reread: true };
}

function requireKey(header: string): string {
  const key = parseIdempotencyKey(header);
  if (key === undefined) throw new AppError('INVALID_INPUT', { message: idempotencyKeyForm });
  return key;
}

/** Later steps of the call find the session where it is left here. */
async function sessionIfAny(ctx: Context): Promise<Session | null> {
  const { deps, token, address } = ctx;
  ctx.sessionCache ??= {};
  const known = ctx.session ?? ctx.sessionCache.session;
  const session = known ?? (token === undefined ? null : await findSession(deps, token, address));
  if (session) ctx.sessionCache.session = session;
  return session;
}

/**
 * The `clientId` to send a message with: that of the input, or the key of the request, which is the same for sends. Throws
 * 'INVALID_INPUT' if both are given and differ.
 */
function clientIdOf({ idempotencyKey }: Context, given: string | undefined): string | undefined {
  if (idempotencyKey === undefined) return given;
  const key = requireKey(idempotencyKey);
  if (given !== undefined && given !== key)
    throw new AppError('INVALID_INPUT', { message: 'Idempotency-Key and clientId must be the same' });
  return key;
}

/** Sends a message. A conflict is one of the `clientId` where that was given, and else one of the key. */
export function sendOnce<Sent>(
  ctx: Context,
  given: string | undefined,
  send: (clientId: string | undefined) => Promise<Sent>,
): Promise<Sent> {
  const clientId = clientIdOf(ctx, given);
  if (clientId === given) return send(given);
  return send(clientId).catch((error: unknown) => {
    const isReused = error instanceof AppError && error.reason === 'CLIENT_ID_REUSED';
    throw isReused ? new AppError('IDEMPOTENCY_KEY_REUSED') : error;
  });
}
