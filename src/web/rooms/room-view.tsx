import { useEffect, useMemo, useState } from 'react';
import type { Present } from '../../client/index.ts';
import { Composer } from '../conversation/composer.tsx';
import { Intention } from '../conversation/intention.tsx';
import { MessageList } from '../conversation/message-list.tsx';
import type { MessageMenuActions } from '../conversation/message-menu.tsx';
import { outgoingItems } from '../conversation/outgoing-items.ts';
import { UnsentMessages } from '../conversation/unsent-messages.tsx';
import { useFirstUnread } from '../conversation/use-first-unread.ts';
import { useTyping } from '../conversation/use-typing.ts';
import { explain } from '../failure.ts';
import { plainText } from '../formatting/formatting.ts';
import { hrefOf } from '../route.ts';
import { compareIds } from '../state/message-ids.ts';
import type { RoomFeed } from '../state/room-feed.ts';
import { readMark } from '../state/room-marks.ts';
import { roomKey } from '../state/seen.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { text } from '../text.ts';
import { announce } from '../ui/announcer.tsx';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { HashIcon, LockIcon, PeopleIcon, RoomsIcon } from '../ui/icons.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { useMedia } from '../ui/media.ts';
import { ViewHeader } from '../ui/view-header.tsx';
import { Members } from './members.tsx';
import { showEntry } from './show-entry.ts';
import { usePinned, useSetPinned } from './use-pins.ts';
import { usePresence } from './use-presence.ts';
import { useReadBack } from './use-read-back.ts';
import { useReplies } from './use-replies.ts';
import { type Room, useJoinedRooms, useMembers } from './use-rooms.ts';

const Modal = lazyComponent(async () => (await import('../ui/dialog.tsx')).Modal);
const ProfileDialog = lazyComponent(
  async () => (await import('../settings/profile-dialog.tsx')).ProfileDialog,
);
const MemberActions = lazyComponent(async () => (await import('./member-actions.tsx')).MemberActions);
const RoomMenu = lazyComponent(async () => (await import('./room-menu.tsx')).RoomMenu);

export function RoomView({ roomId }: { roomId: number }) {
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
  if (room && feed) return <OpenRoom room={room} feed={feed} />;
  if (room || joined.isPending || joined.isFetching) return <Skeleton rows={6} />;
  if (!joined.data)
    return (
      <Failure title={text.rooms.listFailed} error={joined.error} onRetry={() => void joined.refetch()} />
    );
  return (
    <>
      <Empty icon={<RoomsIcon />} title={text.rooms.notMember} hint={text.rooms.notMemberHint}>
        <a className="button button-quiet" href={hrefOf({ page: 'rooms' })}>
          {text.rooms.toRooms}
        </a>
      </Empty>
      <UnsentMessages conversation={roomKey(roomId)} outbox={roomOutbox(roomId)} />
    </>
  );
}

function OpenRoom({ room, feed }: { room: Room; feed: RoomFeed }) {
  const present = usePresence(room.id);
  const { data: members = [] } = useMembers(room.id);
  const hasSpace = useMedia('(min-width: 1100px)');
  const [showsMembers, setShowsMembers] = useState(false);
  const [person, setPerson] = useState<string>();
  const [failure, setFailure] = useState<unknown>();
  const replies = useReplies(feed);
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
          <RoomMenu room={room} feed={feed} onShow={(id) => void replies.jump(id)} onFailure={setFailure} />
        </ViewHeader>
        <RoomMessages
          room={room}
          feed={feed}
          present={present}
          replies={replies}
          onPerson={setPerson}
          onFailure={setFailure}
        />
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
      {person !== undefined && (
        <ProfileDialog username={person} onClose={() => setPerson(undefined)}>
          <MemberActions room={room} username={person} onDone={() => setPerson(undefined)} />
        </ProfileDialog>
      )}
    </div>
  );
}

interface RoomMessagesProps {
  room: Room;
  feed: RoomFeed;
  present: Present | undefined;
  replies: ReturnType<typeof useReplies>;
  onPerson(username: string): void;
  onFailure(error: unknown): void;
}

function RoomMessages({ room, feed, present, replies, onPerson, onFailure }: RoomMessagesProps) {
  const { client, username, seen, roomOutbox, inbox } = useSession();
  const { blocked } = useStore(inbox);
  const { status, entries, older, error } = useStore(feed);
  const outbox = roomOutbox(room.id);
  const outgoing = useStore(outbox);
  const pinned = usePinned(room.id, feed);
  const setPinned = useSetPinned(room.id);
  const items = useMemo(
    () => [
      ...entries.map((entry) => showEntry(entry, { username, blocked, pinned })),
      ...outgoingItems(outgoing, username),
    ],
    [entries, outgoing, username, blocked, pinned],
  );
  const [seenAtFirst] = useState(() => readMark(room, seen));
  const readBack = useReadBack(feed, seenAtFirst);
  const firstUnread = useFirstUnread(
    status === 'live' && readBack ? items : undefined,
    (id) => seenAtFirst !== undefined && compareIds(id, seenAtFirst) > 0,
  );
  const sendTyping = useTyping((isTyping) => client.chat.setTyping.mutate({ roomId: room.id, isTyping }));
  const { intent } = replies;
  const mayPin = room.role !== 'member';
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the menu offers depends on these alone
  const menu = useMemo<MessageMenuActions>(
    () => ({
      ...replies.menu,
      ...(mayPin && {
        onPin(id, isPinned) {
          onFailure(undefined);
          setPinned(id, isPinned).catch(onFailure);
        },
      }),
    }),
    [replies.menu, mayPin],
  );
  const typing = [...(present?.typing ?? [])].filter((name) => name !== username);

  useEffect(
    () =>
      feed.onMessage((message) => {
        if (message.username !== username && !blocked.has(message.username))
          announce(text.conversation.announcement(message.username, plainText(message.text)));
      }),
    [feed, username, blocked],
  );

  function send(words: string) {
    outbox.send(words, intent && { id: intent.id, sender: intent.sender, text: intent.text });
    replies.finish();
  }

  if (status === 'loading' || (status === 'live' && !readBack)) return <Skeleton rows={6} />;
  if (status === 'ended') return <Failure title={text.rooms.ended} error={error} />;
  if (status === 'failed') return <Failure title={text.rooms.failed} error={error} onRetry={feed.retry} />;
  return (
    <>
      {items.length === 0 ? (
        <Empty icon={<RoomsIcon />} title={text.rooms.empty} hint={text.rooms.emptyHint} />
      ) : (
        <MessageList
          label={text.conversation.messages(room.name)}
          username={username}
          items={items}
          firstUnread={firstUnread}
          startNote={text.rooms.start[room.history]}
          unreadNote={readBack === 'tooFar' ? text.conversation.unreadAbove : undefined}
          older={older}
          onLoadOlder={() => void feed.loadOlder()}
          onSeen={(id) => seen.mark(new Map([[roomKey(room.id), id]]))}
          onPerson={onPerson}
          onRetry={outbox.retry}
          onDiscard={outbox.discard}
          target={replies.target}
          onQuote={(key) => void replies.jump(key)}
          menu={menu}
        />
      )}
      {replies.isLost && <Notice kind="info">{text.rooms.quoteLost}</Notice>}
      <Composer
        conversation={roomKey(room.id)}
        label={text.conversation.write(room.name)}
        onSend={send}
        onTyping={sendTyping}
        banner={intent && <Intention intent={intent} onCancel={replies.finish} />}
        focusFor={intent}
        onCancel={intent && replies.finish}
      >
        {typing.length > 0 && text.conversation.typing(typing)}
      </Composer>
    </>
  );
}
