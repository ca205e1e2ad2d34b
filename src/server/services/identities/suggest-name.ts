import { newUsername } from '../../core/validation.ts';
import { isUsernameFree } from '../accounts/users.ts';
import type { Deps } from '../shared/deps.ts';

const endings = ['', '2', '3', '4', '5'];

/** A name that the account could have, from what its owner is called elsewhere; '' if none of it can be one. */
export async function suggestName({ db }: Pick<Deps, 'db'>, names: readonly string[]): Promise<string> {
  for (const name of names) {
    const { data: base } = newUsername.safeParse(name);
    if (base === undefined) continue;
    for (const ending of endings) {
      const { data: candidate } = newUsername.safeParse(base + ending);
      if (candidate !== undefined && (await isUsernameFree(db, candidate))) return candidate;
    }
  }
  return '';
}
