import { useState } from 'react';
import { explain } from '../failure.ts';
import { hrefOf } from '../route.ts';
import { text } from '../text.ts';
import { Badge } from '../ui/badge.tsx';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { HashIcon, KeyIcon, LockIcon, PlusIcon, RoomsIcon } from '../ui/icons.tsx';
import { later } from '../ui/later.tsx';
import { useUnreadInRoom } from './unread.ts';
import { type Room, useJoinedRooms, useJoinRoom, usePublicRooms } from './use-rooms.ts';

const CreateRoomDialog = later(async () => (await import('./create-room-dialog.tsx')).CreateRoomDialog);
const JoinRoomDialog = later(async () => (await import('./join-room-dialog.tsx')).JoinRoomDialog);

export function RoomsPane({ roomId }: { roomId: number | undefined }) {
  const [dialog, setDialog] = useState<'create' | 'join'>();
  const joined = useJoinedRooms();
  const closeDialog = () => setDialog(undefined);

  return (
    <div className="pane">
      <div className="pane-scroller">
        <h2 className="pane-title">{text.rooms.own}</h2>
        {joined.isPending && <Skeleton rows={4} />}
        {joined.isError && !joined.data && (
          <Failure title={text.rooms.failed} error={joined.error} onRetry={() => void joined.refetch()} />
        )}
        {joined.data?.length === 0 && (
          <Empty icon={<RoomsIcon />} title={text.rooms.none} hint={text.rooms.noneHint} />
        )}
        {joined.data && joined.data.length > 0 && (
          <ul className="list">
            {joined.data.map((room) => (
              <RoomLink key={room.id} room={room} isCurrent={room.id === roomId} />
            ))}
          </ul>
        )}
        <PublicRooms />
      </div>
      <div className="pane-actions">
        <button type="button" className="button button-primary" onClick={() => setDialog('create')}>
          <PlusIcon />
          {text.rooms.create}
        </button>
        <button type="button" className="button button-quiet" onClick={() => setDialog('join')}>
          <KeyIcon />
          {text.rooms.joinByName}
        </button>
      </div>
      {dialog === 'create' && <CreateRoomDialog onClose={closeDialog} />}
      {dialog === 'join' && <JoinRoomDialog onClose={closeDialog} />}
    </div>
  );
}

function RoomLink({ room, isCurrent }: { room: Room; isCurrent: boolean }) {
  const unread = useUnreadInRoom(room.id);
  return (
    <li>
      <a
        className={`list-item ${unread > 0 ? 'list-item-unread' : ''}`}
        href={hrefOf({ page: 'rooms', roomId: room.id })}
        aria-current={isCurrent ? 'page' : undefined}
      >
        <span className="list-icon">{room.isPrivate ? <LockIcon /> : <HashIcon />}</span>
        <bdi className="list-name">{room.name}</bdi>
        {room.isPrivate && <span className="visually-hidden">({text.rooms.privateRoom})</span>}
        <Badge count={unread} />
      </a>
    </li>
  );
}

function PublicRooms() {
  const { data } = usePublicRooms();
  const joinRoom = useJoinRoom();
  const [error, setError] = useState<unknown>();
  const others = data?.filter(({ joined }) => !joined) ?? [];
  if (others.length === 0) return null;

  async function join(name: string) {
    setError(undefined);
    await joinRoom({ name }).catch(setError);
  }

  return (
    <>
      <h2 className="pane-title">{text.rooms.open}</h2>
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      <ul className="list">
        {others.map(({ id, name }) => (
          <li key={id} className="list-item">
            <span className="list-icon">
              <HashIcon />
            </span>
            <bdi className="list-name">{name}</bdi>
            <button
              type="button"
              className="button button-small button-quiet"
              aria-label={text.rooms.joinNamed(name)}
              onClick={() => void join(name)}
            >
              {text.rooms.join}
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
