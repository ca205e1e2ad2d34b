import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import type { Conversation } from '../../client/chat/index.ts';
import { MuteItems } from '../conversation/mute-items.tsx';
import { text } from '../text.ts';
import { Confirmation } from '../ui/dialog.tsx';
import { GearIcon, LeaveIcon, MoreIcon, PeopleIcon, PinIcon, SearchIcon, TrashIcon } from '../ui/icons.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { PinsDialog } from './pins-dialog.tsx';
import { RoomSearchDialog } from './room-search-dialog.tsx';
import { RoomSettingsDialog } from './room-settings-dialog.tsx';
import { type Room, useEndRoom, useMembers } from './use-rooms.ts';

interface RoomMenuProps {
  room: Room;
  conversation: Conversation;
  /** Shows a message in its place. */
  onShow(id: string): void;
  onFailure(error: unknown): void;
}

/** Other sessions, and this one, learn by events that a room is muted. */
export function RoomMenu({ room, conversation, onShow, onFailure }: RoomMenuProps) {
  const [asked, setAsked] = useState<'leave' | 'delete' | 'invite' | 'settings' | 'pins' | 'search'>();
  const leaveRoom = useEndRoom(room.id, 'leave');
  const deleteRoom = useEndRoom(room.id, 'delete');
  const { data: members } = useMembers(room.id);
  const words = text.rooms;
  const leaveHint = room.isPrivate ? words.leavePrivateHint : words.leaveHint;

  return (
    <>
      {/* Not modal: that would add a style element, which the content security policy forbids. */}
      <DropdownMenu.Root modal={false}>
        <DropdownMenu.Trigger className="button-icon" aria-label={words.actions}>
          <MoreIcon />
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content className="menu" align="end" sideOffset={6}>
            {room.role !== 'member' && (
              <>
                <DropdownMenu.Item className="menu-item" onSelect={() => setAsked('invite')}>
                  <PeopleIcon />
                  {words.invite}
                </DropdownMenu.Item>
                <DropdownMenu.Item className="menu-item" onSelect={() => setAsked('settings')}>
                  <GearIcon />
                  {words.settings}
                </DropdownMenu.Item>
                <DropdownMenu.Separator className="menu-separator" />
              </>
            )}
            <DropdownMenu.Item className="menu-item" onSelect={() => setAsked('search')}>
              <SearchIcon />
              {text.roomSearch.open}
            </DropdownMenu.Item>
            <DropdownMenu.Item className="menu-item" onSelect={() => setAsked('pins')}>
              <PinIcon />
              {text.pins.title}
            </DropdownMenu.Item>
            <MuteItems
              of={room}
              onMute={(until) => void conversation.mute(until).catch(onFailure)}
              onUnmute={() => void conversation.unmute().catch(onFailure)}
            />
            <DropdownMenu.Separator className="menu-separator" />
            <DropdownMenu.Item className="menu-item" onSelect={() => setAsked('leave')}>
              <LeaveIcon />
              {words.leave}
            </DropdownMenu.Item>
            {room.role === 'owner' && (
              <DropdownMenu.Item className="menu-item menu-item-danger" onSelect={() => setAsked('delete')}>
                <TrashIcon />
                {words.remove}
              </DropdownMenu.Item>
            )}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      {asked === 'invite' && <InviteDialog room={room} onClose={() => setAsked(undefined)} />}
      {asked === 'settings' && <RoomSettingsDialog room={room} onClose={() => setAsked(undefined)} />}
      {asked === 'pins' && (
        <PinsDialog
          room={room}
          conversation={conversation}
          onShow={onShow}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === 'search' && <RoomSearchDialog room={room} onClose={() => setAsked(undefined)} />}
      {asked === 'leave' && (
        <Confirmation
          title={words.leaveTitle(room.name)}
          hint={members?.length === 1 ? words.leaveLastHint : leaveHint}
          submit={words.leave}
          onConfirm={leaveRoom}
          onClose={() => setAsked(undefined)}
        />
      )}
      {asked === 'delete' && (
        <Confirmation
          title={words.removeTitle(room.name)}
          hint={words.removeHint}
          submit={words.remove}
          onConfirm={deleteRoom}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}
