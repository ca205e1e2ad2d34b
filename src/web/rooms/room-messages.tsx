import { useEffect, useMemo, useState } from 'react';
import type { Present } from '../../client/index.ts';
import { Composer } from '../conversation/composer.tsx';
import { Intention } from '../conversation/intention.tsx';
import { MessageList } from '../conversation/message-list.tsx';
import { outgoingItems } from '../conversation/outgoing-items.ts';
import { useFirstUnread } from '../conversation/use-first-unread.ts';
import { useTyping } from '../conversation/use-typing.ts';
import { explain } from '../failure.ts';
import { plainText } from '../formatting/formatting.ts';
import { type FileFacts, textOrNames } from '../state/attachments.ts';
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
import { RoomsIcon } from '../ui/icons.tsx';
import { showEntry } from './show-entry.ts';
import { usePinned } from './use-pins.ts';
import { useReadBack } from './use-read-back.ts';
import type { useRoomActions } from './use-room-actions.ts';
import type { Room } from './use-rooms.ts';

interface RoomMessagesProps {
  room: Room;
  feed: RoomFeed;
  present: Present | undefined;
  actions: ReturnType<typeof useRoomActions>;
  onPerson(username: string): void;
}

export function RoomMessages({ room, feed, present, actions, onPerson }: RoomMessagesProps) {
  const { client, username, seen, roomOutbox, roomUploads, inbox } = useSession();
  const { blocked } = useStore(inbox);
  const { status, entries, older, newer, turn, error } = useStore(feed);
  const outbox = roomOutbox(room.id);
  const outgoing = useStore(outbox);
  const pinned = usePinned(room.id, feed);
  const items = useMemo(
    () => [
      ...entries.map((entry) => showEntry(entry, { username, blocked, pinned })),
      ...(newer === null ? outgoingItems(outgoing, entries, username) : []),
    ],
    [entries, outgoing, username, blocked, pinned, newer],
  );
  const [seenAtFirst] = useState(() => readMark(room, seen));
  const readBack = useReadBack(feed, seenAtFirst);
  const firstUnread = useFirstUnread(
    status === 'live' && readBack ? items : undefined,
    (id) => seenAtFirst !== undefined && compareIds(id, seenAtFirst) > 0,
  );
  const sendTyping = useTyping((isTyping) => client.chat.setTyping.mutate({ roomId: room.id, isTyping }));
  const { intent, failure } = actions;
  const isEditing = intent?.kind === 'edit';
  const typing = [...(present?.typing ?? [])].filter((name) => name !== username);

  useEffect(
    () =>
      feed.onMessage((message) => {
        if (message.kind !== 'system' && message.username !== username && !blocked.has(message.username))
          announce(text.conversation.announcement(message.username, plainText(textOrNames(message))));
      }),
    [feed, username, blocked],
  );

  function send(words: string, files: FileFacts[]) {
    const isReply = intent?.kind === 'reply';
    outbox.send(
      words,
      files,
      isReply ? { id: intent.id, sender: intent.sender, text: intent.text } : undefined,
    );
    actions.finish();
    actions.toEnd();
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
          // Another part of the room begins with a list of its own.
          key={turn}
          label={text.conversation.messages(room.name)}
          username={username}
          items={items}
          firstUnread={firstUnread}
          startNote={text.rooms.start[room.history]}
          unreadNote={readBack === 'tooFar' ? text.conversation.unreadAbove : undefined}
          older={older}
          onLoadOlder={() => void feed.loadOlder()}
          newer={newer}
          onLoadNewer={() => void feed.loadNewer()}
          onToEnd={actions.toEnd}
          onSeen={(id) => seen.mark(new Map([[roomKey(room.id), id]]))}
          onPerson={onPerson}
          onRetry={outbox.retry}
          onDiscard={outbox.discard}
          target={actions.target}
          onExpired={(key) => void feed.renew(key)}
          onQuote={(key) => void actions.jump(key)}
          menu={actions.menu}
        />
      )}
      {failure !== undefined && <Notice kind="error">{explain(failure)}</Notice>}
      {actions.isLost && <Notice kind="info">{text.rooms.quoteLost}</Notice>}
      <Composer
        key={isEditing ? intent.id : 'new'}
        conversation={isEditing ? undefined : roomKey(room.id)}
        label={isEditing ? text.conversation.edit : text.conversation.write(room.name)}
        onSend={send}
        uploads={isEditing ? undefined : roomUploads(room.id)}
        onSave={isEditing ? (words) => actions.edit(intent.id, words) : undefined}
        onTyping={isEditing ? undefined : sendTyping}
        initial={isEditing ? intent.text : undefined}
        banner={intent && <Intention intent={intent} onCancel={actions.finish} />}
        focusFor={intent}
        onCancel={intent && actions.finish}
        onUp={actions.editLast}
      >
        {typing.length > 0 && text.conversation.typing(typing)}
      </Composer>
    </>
  );
}
