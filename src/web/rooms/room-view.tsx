import { useEffect, useState } from 'react';
import { UnsentMessages } from '../conversation/unsent-messages.tsx';
import { explain } from '../failure.ts';
import { hrefOf, readdress } from '../route.ts';
import type { RoomFeed } from '../state/room-feed.ts';
import { roomKey } from '../state/seen.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { text } from '../text.ts';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { HashIcon, LockIcon, PeopleIcon, RoomsIcon } from '../ui/icons.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { useMedia } from '../ui/media.ts';
import { ViewHeader } from '../ui/view-header.tsx';
import { Members } from './members.tsx';
import { RoomMessages } from './room-messages.tsx';
import { usePresence } from './use-presence.ts';
import { useRoomActions } from './use-room-actions.ts';
import { type Room, useJoinedRooms, useMembers } from './use-rooms.ts';

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
  const { feeds, roomOutbox } = useSession();
  const joined = useJoinedRooms();
  const room = joined.data?.find(({ id }) => id === roomId);
  const feed = useStore(feeds).get(roomId);
  const isJoined = room !== undefined;
  // Again when the room was left and joined.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the feed is closed when the room is left
  useEffect(() => {
    if (isJoined) feeds.open(roomId);
  }, [feeds, roomId, isJoined, feed]);
  if (room && feed) return <OpenRoom room={room} feed={feed} messageId={messageId} />;
  if (room || joined.isPending || joined.isFetching) return <Skeleton rows={6} />;
  if (!joined.data)
    return (
      <Failure
        title={text.rooms.listFailed}
        error={joined.error}
        isView
        onRetry={() => void joined.refetch()}
      />
    );
  return (
    <>
      <Empty icon={<RoomsIcon />} title={text.rooms.notMember} hint={text.rooms.notMemberHint} isView>
        <a className="button button-quiet" href={hrefOf({ page: 'rooms' })}>
          {text.rooms.toRooms}
        </a>
      </Empty>
      <UnsentMessages conversation={roomKey(roomId)} outbox={roomOutbox(roomId)} />
    </>
  );
}

interface OpenRoomProps extends Pick<RoomViewProps, 'messageId'> {
  room: Room;
  feed: RoomFeed;
}

function OpenRoom({ room, feed, messageId }: OpenRoomProps) {
  const present = usePresence(room.id);
  const { data: members = [] } = useMembers(room.id);
  const hasSpace = useMedia('(min-width: 1100px)');
  const [showsMembers, setShowsMembers] = useState(false);
  const [person, setPerson] = useState<string>();
  const [failure, setFailure] = useState<unknown>();
  const actions = useRoomActions(room, feed);
  const { asked, jump } = actions;
  const isLive = useStore(feed).status === 'live';
  // Shown once: the same message can be chosen again, and a reload begins at the end.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when there is something to show
  useEffect(() => {
    if (messageId === undefined || !isLive) return;
    readdress({ page: 'rooms', roomId: room.id });
    void jump(messageId);
  }, [messageId, isLive]);
  const list = <Members roomId={room.id} present={present} onPerson={setPerson} />;
  const count = text.members.count(members.length, present?.online.size ?? 0);

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
          <RoomMenu room={room} feed={feed} onShow={(id) => void actions.jump(id)} onFailure={setFailure} />
        </ViewHeader>
        <RoomMessages room={room} feed={feed} present={present} actions={actions} onPerson={setPerson} />
        {failure !== undefined && <Notice kind="error">{explain(failure)}</Notice>}
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
          onDelete={() => actions.remove(asked.id)}
          onClose={actions.close}
        />
      )}
      {asked?.kind === 'emoji' && (
        <EmojiDialog onReact={(emoji) => actions.react(asked.id, emoji)} onClose={actions.close} />
      )}
      {person !== undefined && (
        <ProfileDialog username={person} onClose={() => setPerson(undefined)}>
          <MemberActions room={room} username={person} onDone={() => setPerson(undefined)} />
        </ProfileDialog>
      )}
    </div>
  );
}
