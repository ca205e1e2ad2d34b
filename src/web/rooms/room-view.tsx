import { useEffect, useState } from 'react';
import type { Conversation } from '../../client/chat/index.ts';
import { useChat, useRooms } from '../../client/react/index.ts';
import { ConversationMessages } from '../conversation/conversation-messages.tsx';
import { UnsentMessages } from '../conversation/unsent-messages.tsx';
import { useBlocked } from '../conversation/use-blocked.ts';
import { useMessageActions } from '../conversation/use-message-actions.ts';
import { usePart } from '../conversation/use-part.ts';
import { hrefOf, readdress } from '../route.ts';
import { text } from '../text.ts';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { HashIcon, LockIcon, PeopleIcon, RoomsIcon } from '../ui/icons.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { useMedia } from '../ui/media.ts';
import { ViewHeader } from '../ui/view-header.tsx';
import { Members } from './members.tsx';
import { usePinned, useSetPinned } from './use-pins.ts';
import { usePresence } from './use-presence.ts';
import { type Room, useMembers } from './use-rooms.ts';

const Modal = lazyComponent(async () => (await import('../ui/dialog.tsx')).Modal);
const ProfileDialog = lazyComponent(
  async () => (await import('../settings/profile-dialog.tsx')).ProfileDialog,
);
const MemberActions = lazyComponent(async () => (await import('./member-actions.tsx')).MemberActions);
const DeleteDialog = lazyComponent(
  async () => (await import('../conversation/delete-dialog.tsx')).DeleteDialog,
);
const EmojiDialog = lazyComponent(async () => (await import('../conversation/emoji-dialog.tsx')).EmojiDialog);
const RoomMenu = lazyComponent(async () => (await import('./room-menu.tsx')).RoomMenu);

interface RoomViewProps {
  roomId: number;
  /** The message to show. */
  messageId: string | undefined;
}

export function RoomView({ roomId, messageId }: RoomViewProps) {
  const conversation = useChat().conversation({ roomId });
  const rooms = useRooms();
  const room = rooms.items.find(({ id }) => id === roomId);
  if (room) return <OpenRoom room={room} conversation={conversation} messageId={messageId} />;
  if (rooms.status === 'loading') return <Skeleton rows={6} />;
  if (rooms.status === 'failed')
    return <Failure title={text.rooms.listFailed} error={rooms.error?.cause} isView onRetry={rooms.retry} />;
  return (
    <>
      <Empty icon={<RoomsIcon />} title={text.rooms.notMember} hint={text.rooms.notMemberHint} isView>
        <a className="button button-quiet" href={hrefOf({ page: 'rooms' })}>
          {text.rooms.toRooms}
        </a>
      </Empty>
      <UnsentMessages conversation={conversation} />
    </>
  );
}

interface OpenRoomProps extends Pick<RoomViewProps, 'messageId'> {
  room: Room;
  conversation: Conversation;
}

function OpenRoom({ room, conversation, messageId }: OpenRoomProps) {
  const online = usePresence(room.id, conversation);
  const { data: members = [] } = useMembers(room.id);
  const hasSpace = useMedia('(min-width: 1100px)');
  const [showsMembers, setShowsMembers] = useState(false);
  const [person, setPerson] = useState<string>();
  const part = usePart(conversation, messageId);
  const setPinned = useSetPinned(room.id);
  const isStaff = room.role !== 'member';
  const actions = useMessageActions(conversation, part.timeline, {
    deletes: isStaff ? 'any' : 'own',
    setPinned: isStaff ? setPinned : undefined,
  });
  const { asked } = actions;
  // Shown once: the same message can be chosen again, and a reload begins at the end.
  useEffect(() => {
    if (messageId !== undefined) readdress({ page: 'rooms', roomId: room.id });
  }, [messageId, room.id]);
  const list = <Members roomId={room.id} online={online} onPerson={setPerson} />;
  const count = text.members.count(members.length, online.size);

  return (
    <div className="room">
      <div className="view">
        <ViewHeader
          icon={room.isPrivate ? <LockIcon /> : <HashIcon />}
          title={room.name}
          topic={room.topic}
          back={hrefOf({ page: 'rooms' })}
        >
          {!hasSpace && (
            <button
              type="button"
              className="button button-quiet button-small"
              onClick={() => setShowsMembers(true)}
            >
              <PeopleIcon />
              <span className="visually-hidden">
                {text.members.title}: {count}
              </span>
              <span aria-hidden="true">{members.length}</span>
            </button>
          )}
          <RoomMenu room={room} conversation={conversation} onShow={part.jump} onFailure={actions.fail} />
        </ViewHeader>
        <ConversationMessages
          conversation={conversation}
          name={room.name}
          words={{
            failed: text.rooms.failed,
            ended: text.rooms.ended,
            empty: text.rooms.empty,
            emptyHint: text.rooms.emptyHint,
            start: text.rooms.start[room.history],
            gone: text.rooms.quoteLost,
          }}
          icon={<RoomsIcon />}
          blocked={useBlocked()}
          pinned={usePinned(conversation)}
          part={part}
          actions={actions}
          onPerson={setPerson}
        />
      </div>
      {hasSpace && (
        <aside className="side" aria-label={text.members.title}>
          <h2 className="side-title">{text.members.title}</h2>
          <p className="hint side-hint">{count}</p>
          {list}
        </aside>
      )}
      {showsMembers && !hasSpace && (
        <Modal title={text.members.title} hint={count} onClose={() => setShowsMembers(false)}>
          {list}
        </Modal>
      )}
      {asked?.kind === 'delete' && (
        <DeleteDialog
          hint={text.deleteDialog.inRoom}
          onDelete={() => actions.remove(asked.key, 'everyone')}
          onClose={actions.close}
        />
      )}
      {asked?.kind === 'emoji' && (
        <EmojiDialog onReact={(emoji) => actions.react(asked.key, emoji)} onClose={actions.close} />
      )}
      {person !== undefined && (
        <ProfileDialog username={person} onClose={() => setPerson(undefined)}>
          <MemberActions room={room} username={person} onDone={() => setPerson(undefined)} />
        </ProfileDialog>
      )}
    </div>
  );
}
