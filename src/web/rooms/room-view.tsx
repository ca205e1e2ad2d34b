import { useEffect, useMemo, useState } from 'react';
import type { Present } from '../../client/index.ts';
import { Composer } from '../conversation/composer.tsx';
import { MessageList } from '../conversation/message-list.tsx';
import type { Shown } from '../conversation/rows.ts';
import { showOutgoing } from '../conversation/shown.ts';
import { useFirstUnread } from '../conversation/use-first-unread.ts';
import { useTyping } from '../conversation/use-typing.ts';
import { hrefOf } from '../route.ts';
import { compareIds, type RoomEntry, type RoomFeed } from '../state/room-feed.ts';
import { roomKey } from '../state/seen.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { text } from '../text.ts';
import { announce } from '../ui/announcer.tsx';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { HashIcon, LockIcon, PeopleIcon, RoomsIcon } from '../ui/icons.tsx';
import { later } from '../ui/later.tsx';
import { useMedia } from '../ui/media.ts';
import { ViewHeader } from '../ui/view-header.tsx';
import { Members } from './members.tsx';
import { usePresence } from './use-presence.ts';
import { type Room, useJoinedRooms, useMembers } from './use-rooms.ts';

const Modal = later(async () => (await import('../ui/dialog.tsx')).Modal);
const Person = later(async () => (await import('../settings/person.tsx')).Person);
const RoomMenu = later(async () => (await import('./room-menu.tsx')).RoomMenu);

export function RoomView({ roomId }: { roomId: number }) {
  const { feeds } = useSession();
  const joined = useJoinedRooms();
  const room = joined.data?.find(({ id }) => id === roomId);
  const feed = useStore(feeds).get(roomId);
  if (room && feed) return <OpenRoom room={room} feed={feed} />;
  if (room || joined.isPending || joined.isFetching) return <Skeleton rows={6} />;
  if (!joined.data)
    return <Failure title={text.rooms.failed} error={joined.error} onRetry={() => void joined.refetch()} />;
  return (
    <Empty icon={<RoomsIcon />} title={text.rooms.notIn} hint={text.rooms.notInHint}>
      <a className="button button-quiet" href={hrefOf({ page: 'rooms' })}>
        {text.rooms.toRooms}
      </a>
    </Empty>
  );
}

function OpenRoom({ room, feed }: { room: Room; feed: RoomFeed }) {
  const present = usePresence(room.id);
  const { data: members = [] } = useMembers(room.id);
  const hasSpace = useMedia('(min-width: 1100px)');
  const [showsMembers, setShowsMembers] = useState(false);
  const [person, setPerson] = useState<string>();
  const list = <Members roomId={room.id} present={present} onPerson={setPerson} />;
  const count = text.members.count(members.length, present?.online.size ?? 0);

  return (
    <div className="room">
      <div className="view">
        <ViewHeader
          icon={room.isPrivate ? <LockIcon /> : <HashIcon />}
          title={room.name}
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
          <RoomMenu room={room} />
        </ViewHeader>
        <RoomMessages room={room} feed={feed} present={present} onPerson={setPerson} />
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
      {person !== undefined && <Person username={person} onClose={() => setPerson(undefined)} />}
    </div>
  );
}

interface RoomMessagesProps {
  room: Room;
  feed: RoomFeed;
  present: Present | undefined;
  onPerson(username: string): void;
}

function RoomMessages({ room, feed, present, onPerson }: RoomMessagesProps) {
  const { client, username, seen, roomOutbox, onNews } = useSession();
  const { status, entries, error } = useStore(feed);
  const outbox = roomOutbox(room.id);
  const outgoing = useStore(outbox);
  const items = useMemo(
    () => [...entries.map((entry) => show(entry, username)), ...showOutgoing(outgoing, username)],
    [entries, outgoing, username],
  );
  const [seenAtFirst] = useState(() => seen.get().get(roomKey(room.id)));
  const firstUnread = useFirstUnread(
    status === 'live' ? items : undefined,
    (id) => seenAtFirst !== undefined && compareIds(id, seenAtFirst) > 0,
  );
  const tellTyping = useTyping((isTyping) => client.chat.setTyping.mutate({ roomId: room.id, isTyping }));
  const typing = [...(present?.typing ?? [])].filter((name) => name !== username);

  useEffect(
    () =>
      onNews((news) => {
        if ('room' in news && news.room.roomId === room.id)
          announce(text.conversation.said(news.room.username, news.room.text));
      }),
    [onNews, room.id],
  );

  function onSeenEnd() {
    const last = entries.findLast((entry) => !('isGap' in entry));
    if (last) seen.mark(roomKey(room.id), last.id);
  }

  if (status === 'loading') return <Skeleton rows={6} />;
  if (status === 'ended') return <Failure title={text.rooms.ended} error={error} />;
  if (status === 'failed') return <Failure title={text.rooms.failed} error={error} onRetry={feed.retry} />;
  return (
    <>
      {items.length === 0 ? (
        <Empty icon={<RoomsIcon />} title={text.rooms.empty} hint={text.rooms.emptyHint} />
      ) : (
        <MessageList
          label={text.conversation.messages(room.name)}
          items={items}
          firstUnread={firstUnread}
          startNote={text.rooms.start}
          onSeenEnd={onSeenEnd}
          onPerson={onPerson}
          onRetry={outbox.retry}
          onDiscard={outbox.discard}
        />
      )}
      <Composer
        conversation={roomKey(room.id)}
        label={text.conversation.write(room.name)}
        onSend={outbox.send}
        onTyping={tellTyping}
      >
        {typing.length > 0 && text.conversation.typing(typing)}
      </Composer>
    </>
  );
}

function show(entry: RoomEntry, username: string): Shown {
  if ('isGap' in entry) return { key: entry.id, isGap: true };
  const isOwn = entry.username === username;
  return {
    key: entry.id,
    author: entry.username,
    isOwn,
    text: entry.text,
    createdAtMs: Date.parse(entry.createdAt),
    ...(isOwn && { state: 'sent' }),
  };
}
