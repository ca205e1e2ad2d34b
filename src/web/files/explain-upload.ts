import { isUnreachable, reasonOf } from '../../client/index.ts';
import { explain } from '../failure.ts';
import { text } from '../text.ts';

/** Why a file could not be uploaded, in words. */
export function explainUpload(error: unknown): string {
  if (reasonOf(error) === 'TOO_SLOW') return text.files.tooSlow;
  return isUnreachable(error) ? text.failures.unreachable : explain(error);
}
