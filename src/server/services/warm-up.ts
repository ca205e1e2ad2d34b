import type { Deps } from '../context.ts';
import { countInboxMessages, listInboxMessages } from './inbox.ts';
import { isMember } from './rooms.ts';
import { readSession } from './sessions.ts';

/** Asks once, for nobody, what requests will ask: the first query of a kind compiles its plan, and no caller should wait. */
export async function warmUp(deps: Deps): Promise<void> {
  const nobody = '';
  await readSession(deps, nobody);
  await isMember(deps, { roomId: 1, username: nobody });
  await countInboxMessages(deps, nobody);
  await listInboxMessages(deps, nobody, { limit: 1 });
}
