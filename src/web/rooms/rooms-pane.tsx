import { memo, useState } from 'react';
import { usePublicRooms, useRooms } from '../../client/react/index.ts';
import { MutedMark } from '../conversation/muted-mark.tsx';
import { explain } from '../failure.ts';
import { hrefOf } from '../route.ts';
import { text } from '../text.ts';
import { Badge } from '../ui/badge.tsx';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { HashIcon, KeyIcon, LockIcon, PlusIcon, RoomsIcon, SearchIcon } from '../ui/icons.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { type Room, useJoinRoom } from './use-rooms.ts';

const CreateRoomDialog = lazyComponent(
  async () => (await import('./create-room-dialog.tsx')).CreateRoomDialog,
);
const RoomSearchDialog = lazyComponent(
  async () => (await import('./room-search-dialog.tsx')).RoomSearchDialog,
);
const JoinRoomDialog = lazyComponent(async () => (await import('./join-room-dialog.tsx')).JoinRoomDialog);

export function RoomsPane({ roomId }: { roomId: number | undefined }) {
  const [dialog, setDialog] = useState<'create' | 'join' | 'search'>();
  const { status, items, error, retry } = useRooms();
  const closeDialog = () => setDialog(undefined);

  return (
    <section className="pane" aria-label={text.shell.rooms}>
      <div className="pane-scroller">
        <div className="pane-heading">
          <h2 className="pane-title">{text.rooms.own}</h2>
          <button
            type="button"
            className="button-icon"
            aria-label={text.roomSearch.open}
            title={text.roomSearch.open}
            onClick={() => setDialog('search')}
          >
            <SearchIcon />
          </button>
        </div>
        {status === 'loading' && <Skeleton rows={4} />}
        {status === 'failed' && (
          <Failure title={text.rooms.listFailed} error={error?.cause} onRetry={retry} />
        )}
        {status === 'ready' && items.length === 0 && (
          <Empty icon={<RoomsIcon />} title={text.rooms.none} hint={text.rooms.noneHint} />
        )}
        {items.length > 0 && (
          <ul className="list">
            {items.map((room) => (
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
      {dialog === 'search' && <RoomSearchDialog onClose={closeDialog} />}
    </section>
  );
}

/** Memoized, so that a message in one of many rooms does not render the others again. */
const RoomLink = memo(function RoomLink({ room, isCurrent }: { room: Room; isCurrent: boolean }) {
  return (
    <li>
      <a
        className={`list-item ${room.unread > 0 ? 'list-item-unread' : ''}`}
        href={hrefOf({ page: 'rooms', roomId: room.id })}
        aria-current={isCurrent ? 'page' : undefined}
      >
        <span className="list-icon">{room.isPrivate ? <LockIcon /> : <HashIcon />}</span>
        <bdi className="list-name">{room.name}</bdi>
        {room.isPrivate && <span className="visually-hidden">({text.rooms.privateRoom})</span>}
        <MutedMark of={room} />
        <Badge count={room.unread} mentions={room.mentions} />
      </a>
    </li>
  );
});

function PublicRooms() {
  const { items } = usePublicRooms();
  const joinRoom = useJoinRoom();
  const [error, setError] = useState<unknown>();
  const others = items.filter(({ joined }) => !joined);
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
