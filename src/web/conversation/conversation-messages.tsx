import { type ReactNode, useEffect, useMemo } from 'react';
import type { Conversation, Edge, TimelineItem, UploadedAttachment } from '../../client/chat/index.ts';
import { useChat, useChatState, useNews, useReadable } from '../../client/react/index.ts';
import { explain } from '../failure.ts';
import { plainText } from '../formatting/formatting.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { announce } from '../ui/announcer.tsx';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { Composer } from './composer.tsx';
import { Intention } from './intention.tsx';
import { MessageList } from './message-list.tsx';
import { showItem } from './show-item.ts';
import type { useMessageActions } from './use-message-actions.ts';
import type { usePart } from './use-part.ts';

interface ConversationMessagesProps {
  conversation: Conversation;
  name: string;
  words: {
    /** Why nothing is shown. */
    failed: string;
    ended: string;
    empty: string;
    emptyHint: string;
    /** Before the first message. */
    start: string;
    /** The message that was asked for is gone. */
    gone: string;
  };
  icon: ReactNode;
  /** Users whose messages are folded. */
  blocked: ReadonlySet<string>;
  /** Ids of pinned messages. */
  pinned: ReadonlySet<string>;
  part: ReturnType<typeof usePart>;
  actions: ReturnType<typeof useMessageActions>;
  onPerson(username: string): void;
  /** Above the field. */
  children?: ReactNode;
}

/** The same result for the same object, so that what has not changed is not rendered again. */
function onceEach<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new WeakMap<Key, Value>();
  return (key) => {
    const value = made.get(key) ?? make(key);
    made.set(key, value);
    return value;
  };
}

const hasMore = (edge: Edge) => edge !== 'end' && edge !== 'lost';

/** The messages of a room, or with a user, and the field to write others. */
export function ConversationMessages(props: ConversationMessagesProps) {
  const { conversation, name, words, icon, blocked, pinned, part, actions, onPerson, children } = props;
  const chat = useChat();
  const { connection } = useChatState();
  const { username, uploads } = useSession();
  const { timeline, snapshot, target } = part;
  const { intent, failure } = actions;
  const typing = useReadable(conversation.typing);
  const { unread } = useReadable(conversation.info);
  const show = useMemo(
    () => onceEach((item: TimelineItem) => showItem(item, { blocked, pinned })),
    [blocked, pinned],
  );
  const items = useMemo(() => snapshot?.items.map(show) ?? [], [snapshot?.items, show]);
  const isEditing = intent?.kind === 'edit';

  useNews(({ target: place, message }) => {
    if (chat.conversation(place) === conversation && !blocked.has(message.author))
      announce(text.conversation.announcement(message.author, plainText(message.text)));
  });

  // What could not be loaded is loaded when the server can be reached again.
  useEffect(() => {
    if (connection === 'open') timeline.retry();
  }, [connection, timeline]);

  function send(written: string, attachments: readonly UploadedAttachment[]) {
    conversation.send({
      text: written,
      attachments,
      ...(intent?.kind === 'reply' && { replyTo: intent.id }),
    });
    actions.finish();
    part.toEnd();
  }

  return (
    <>
      {!snapshot || snapshot.status === 'loading' ? (
        <Skeleton rows={6} />
      ) : snapshot.status === 'ended' ? (
        <Failure title={words.ended} error={snapshot.error?.cause} />
      ) : snapshot.status === 'failed' ? (
        <Failure title={words.failed} error={snapshot.error?.cause} onRetry={timeline.retry} />
      ) : items.length === 0 ? (
        <Empty icon={icon} title={words.empty} hint={words.emptyHint} />
      ) : (
        <MessageList
          // Another part of the conversation begins with a list of its own.
          key={part.turn}
          label={text.conversation.messages(name)}
          username={username}
          items={items}
          firstUnread={part.firstUnread}
          unread={unread}
          startNote={words.start}
          hasOlder={hasMore(snapshot.older)}
          onLoadOlder={timeline.loadOlder}
          hasNewer={hasMore(snapshot.newer)}
          onLoadNewer={timeline.loadNewer}
          onToEnd={part.toEnd}
          onSeen={timeline.seen}
          onPerson={onPerson}
          onRetry={conversation.retry}
          onDiscard={conversation.discard}
          target={target}
          onExpired={(key) => void timeline.renew(key).catch(() => {})} // its files are then not shown
          onQuote={part.jump}
          menu={actions.menu}
        />
      )}
      {target?.isGone && <Notice kind="info">{words.gone}</Notice>}
      {failure !== undefined && <Notice kind="error">{explain(failure)}</Notice>}
      {children}
      {snapshot?.status !== 'ended' && (
        <Composer
          key={isEditing ? intent.key : 'new'}
          conversation={isEditing ? undefined : conversation}
          label={isEditing ? text.conversation.edit : text.conversation.write(name)}
          onSend={send}
          uploads={isEditing ? undefined : uploads(conversation.target)}
          onSave={isEditing ? (changed) => actions.edit(intent.key, changed) : undefined}
          initial={isEditing ? intent.text : undefined}
          banner={intent && <Intention intent={intent} onCancel={actions.finish} />}
          focusFor={intent}
          onCancel={intent && actions.finish}
          onUp={actions.editLast}
        >
          {typing.length > 0 && text.conversation.typing([...typing])}
        </Composer>
      )}
    </>
  );
}
