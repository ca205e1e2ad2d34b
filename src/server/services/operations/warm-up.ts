import { listInboxMessages } from '../inbox/list-messages.ts';
import { countInboxMessages } from '../inbox/read-marks.ts';
import { isMember } from '../rooms/membership.ts';
import { readSession } from '../sessions/sessions.ts';
import type { Deps } from '../shared/deps.ts';

/** Runs the most frequent queries once, so that no request waits for their first compilation. */
export async function warmUp(deps: Deps): Promise<void> {
  const nobody = '';
  await readSession(deps, nobody);
  await isMember(deps, { roomId: 1, username: nobody });
  await countInboxMessages(deps, nobody);
  await listInboxMessages(deps, nobody, { limit: 1 });
}
