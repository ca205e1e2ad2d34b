import type { Deps } from '../context.ts';
import type { RoomMessage, RoomMessageDraft } from '../stores/room-message-store.ts';
import { requireWithinLimit } from './limits.ts';

export async function sendRoomMessage(deps: Deps, draft: RoomMessageDraft): Promise<RoomMessage> {
  await requireWithinLimit(deps, 'send', draft.username);
  const message = await deps.roomMessages.append(draft);
  deps.keepAlive.touch();
  return message;
}
