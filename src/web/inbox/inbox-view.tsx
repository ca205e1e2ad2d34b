import { useEffect, useMemo, useState } from 'react';
import { Composer } from '../conversation/composer.tsx';
import { MessageList } from '../conversation/message-list.tsx';
import type { ShownMessage } from '../conversation/rows.ts';
import { showOutgoing } from '../conversation/shown.ts';
import { useFirstUnread } from '../conversation/use-first-unread.ts';
import { hrefOf } from '../route.ts';
import type { InboxMessage } from '../state/conversations.ts';
import { inboxKey } from '../state/seen.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { text } from '../text.ts';
import { announce } from '../ui/announcer.tsx';
import { Avatar } from '../ui/avatar.tsx';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { InboxIcon } from '../ui/icons.tsx';
import { later } from '../ui/later.tsx';
import { ViewHeader } from '../ui/view-header.tsx';
import { seenIn } from './unread.ts';

const Person = later(async () => (await import('../settings/person.tsx')).Person);
const Confirmation = later(async () => (await import('../ui/dialog.tsx')).Confirmation);

const noMessages: readonly InboxMessage[] = [];

export function InboxView({ peer }: { peer: string }) {
  const session = useSession();
  const { client, inbox, username, seen, onNews } = session;
  const { conversations, threads } = useStore(inbox);
  const thread = threads.get(peer);
  const messages = conversations.get(peer) ?? noMessages;
  const outbox = session.inboxOutbox(peer);
  const outgoing = useStore(outbox);
  const [person, setPerson] = useState<string>();
  const [doomed, setDoomed] = useState<number>();

  useEffect(() => void inbox.openThread(peer), [inbox, peer]);
  useEffect(
    () =>
      onNews((news) => {
        if ('inbox' in news && news.inbox.sender === peer)
          announce(text.conversation.said(peer, news.inbox.text));
      }),
    [onNews, peer],
  );

  const items = useMemo(
    () => [...messages.map((message) => show(message, username)), ...showOutgoing(outgoing, username)],
    [messages, outgoing, username],
  );
  const [seenAtFirst] = useState(() => seenIn(seen, peer));
  const unreadKeys = useMemo(
    () => new Set(messages.filter(({ read }) => !read).map(({ id }) => String(id))),
    [messages],
  );
  const firstUnread = useFirstUnread(
    thread?.status === 'ready' ? items : undefined,
    (id) => Number(id) > seenAtFirst && unreadKeys.has(id),
  );

  function onSeenEnd() {
    const last = messages.at(-1);
    if (!last) return;
    seen.mark(inboxKey(peer), String(last.id));
    inbox.saveSeen((name) => seenIn(seen, name));
  }

  return (
    <div className="view">
      <ViewHeader
        icon={<Avatar username={peer} size="small" />}
        title={peer}
        back={hrefOf({ page: 'inbox' })}
      >
        <button type="button" className="button button-quiet button-small" onClick={() => setPerson(peer)}>
          {text.person.title}
        </button>
      </ViewHeader>
      {thread === undefined || thread.status === 'loading' ? (
        <Skeleton rows={6} />
      ) : thread.status === 'failed' ? (
        <Failure title={text.inbox.failed} error={undefined} onRetry={() => void inbox.openThread(peer)} />
      ) : items.length === 0 ? (
        <Empty icon={<InboxIcon />} title={text.inbox.empty} hint={text.inbox.emptyHint} />
      ) : (
        <MessageList
          label={text.conversation.messages(peer)}
          items={items}
          firstUnread={firstUnread}
          startNote={text.inbox.start(peer)}
          older={thread.cursor}
          onLoadOlder={() => void inbox.loadOlder(peer)}
          onSeenEnd={onSeenEnd}
          onPerson={setPerson}
          onRetry={outbox.retry}
          onDiscard={outbox.discard}
          onDelete={(key) => setDoomed(Number(key))}
        />
      )}
      <Composer conversation={inboxKey(peer)} label={text.conversation.write(peer)} onSend={outbox.send} />
      {person !== undefined && <Person username={person} onClose={() => setPerson(undefined)} />}
      {doomed !== undefined && (
        <Confirmation
          title={text.inbox.removeTitle}
          hint={text.inbox.removeHint(peer)}
          submit={text.inbox.removeSubmit}
          onConfirm={async () => {
            await client.inbox.deleteMessage.mutate({ id: doomed });
            inbox.remove(doomed);
          }}
          onClose={() => setDoomed(undefined)}
        />
      )}
    </div>
  );
}

function show(message: InboxMessage, username: string): ShownMessage {
  const isOwn = message.sender === username;
  return {
    key: String(message.id),
    author: message.sender,
    isOwn,
    text: message.text,
    createdAtMs: Date.parse(message.createdAt),
    ...(isOwn && { state: message.read ? 'read' : 'sent' }),
  };
}
