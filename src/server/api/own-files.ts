import { findOwnFiles } from '../services/files/attach.ts';
import { type FileTarget, sendingTo } from '../services/files/targets.ts';
import type { Context } from './context.ts';
import { sessionOf } from './session.ts';

/** Which of these files the caller can attach to what is sent there; for the legacy API, whose clients know no ids. */
export async function ownFiles(
  ctx: Context,
  target: FileTarget,
  ids: readonly string[],
): Promise<Set<string>> {
  const { username } = await sessionOf(ctx, sendingTo(target), 'mutation');
  return findOwnFiles(ctx.deps, { ids, owner: username, target });
}
