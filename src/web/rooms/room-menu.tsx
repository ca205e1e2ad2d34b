import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { useSession } from '../state/session.ts';
import { text } from '../text.ts';
import { Confirmation } from '../ui/dialog.tsx';
import { LeaveIcon, MoreIcon, TrashIcon } from '../ui/icons.tsx';
import { type Room, useEndRoom } from './use-rooms.ts';

export function RoomMenu({ room }: { room: Room }) {
  const { username } = useSession();
  const [asked, setAsked] = useState<'leave' | 'delete'>();
  const leaveRoom = useEndRoom('leaveRoom');
  const deleteRoom = useEndRoom('deleteRoom');
  const words = text.rooms;

  return (
    <>
      {/* Not modal: that would lock scrolling by a style element, which the policy of the page forbids. */}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="button-icon" aria-label={words.actions}>
          <MoreIcon />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
            <DropdownMenu.Item className="menu-item" onSelect={() => setAsked('leave')}>
              <LeaveIcon />
              {words.leave}
            </DropdownMenu.Item>
            {room.createdBy === username && (
              <DropdownMenu.Item className="menu-item menu-item-danger" onSelect={() => setAsked('delete')}>
                <TrashIcon />
                {words.remove}
              </DropdownMenu.Item>
            )}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {asked === 'leave' && (
        <Confirmation
          title={words.leaveTitle(room.name)}
          hint={room.isPrivate ? words.leavePrivateHint : words.leaveHint}
          submit={words.leave}
          onConfirm={() => leaveRoom(room.id)}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === 'delete' && (
        <Confirmation
          title={words.removeTitle(room.name)}
          hint={words.removeHint}
          submit={words.remove}
          onConfirm={() => deleteRoom(room.id)}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}
