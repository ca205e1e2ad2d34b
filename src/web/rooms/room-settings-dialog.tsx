import { useQuery } from '@tanstack/react-query';
import { explain } from '../failure.ts';
import { laterText } from '../later-text.ts';
import { useSession } from '../session/session.ts';
import { Modal } from '../ui/dialog.tsx';
import { Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { Bans } from './bans.tsx';
import { RoomSettingsForm } from './room-settings-form.tsx';
import type { Room } from './use-rooms.ts';

/** What its role lets a member change of a room, and who is banned. */
export function RoomSettingsDialog({ room, onClose }: { room: Room; onClose(): void }) {
  const { client } = useSession();
  const { data, error, isPending } = useQuery({
    queryKey: ['room', room.id],
    // Lists do not have everything. A call without changes gives all of it.
    queryFn: () => client.chat.updateRoom.mutate({ roomId: room.id }),
    // Neither what was true when the dialog was open before, nor a call for each look at the window.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Modal title={laterText.roomSettings.title(room.name)} onClose={onClose}>
      {isPending && <Skeleton rows={4} />}
      {data && <RoomSettingsForm room={data} isOwner={room.role === 'owner'} onDone={onClose} />}
      {!data && error && <Notice kind="error">{explain(error)}</Notice>}
      <Bans roomId={room.id} />
    </Modal>
  );
}
