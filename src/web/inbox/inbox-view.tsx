import { useEffect, useMemo, useState } from 'react';
import { Composer } from '../conversation/composer.tsx';
import { Intention } from '../conversation/intention.tsx';
import { MessageList } from '../conversation/message-list.tsx';
import { outgoingItems } from '../conversation/outgoing-items.ts';
import { useFirstUnread } from '../conversation/use-first-unread.ts';
import { useTyping } from '../conversation/use-typing.ts';
import { explain } from '../failure.ts';
import { plainText } from '../formatting/formatting.ts';
import { hrefOf } from '../route.ts';
import { type FileFacts, textOrNames } from '../state/attachments.ts';
import { inboxKey } from '../state/seen.ts';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import type { HeldMessage, Thread } from '../state/thread.ts';
import { text } from '../text.ts';
import { announce } from '../ui/announcer.tsx';
import { Avatar } from '../ui/avatar.tsx';
import { Empty, Failure, Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { InboxIcon } from '../ui/icons.tsx';
import { lazyComponent } from '../ui/lazy-component.tsx';
import { ViewHeader } from '../ui/view-header.tsx';
import { showMessage } from './show-message.ts';
import { useMessageActions } from './use-message-actions.ts';
import { useJumps, useTarget } from './use-target.ts';

const ProfileDialog = lazyComponent(
  async () => (await import('../settings/profile-dialog.tsx')).ProfileDialog,
);
const ConversationMenu = lazyComponent(
  async () => (await import('./conversation-menu.tsx')).ConversationMenu,
);
const DeleteDialog = lazyComponent(
  async () => (await import('../conversation/delete-dialog.tsx')).DeleteDialog,
);
const EmojiDialog = lazyComponent(async () => (await import('../conversation/emoji-dialog.tsx')).EmojiDialog);

const noMessages: readonly HeldMessage[] = [];

interface InboxViewProps {
  peer: string;
  /** The message to show. */
  messageId: number | undefined;
}

export function InboxView({ peer, messageId }: InboxViewProps) {
  const session = useSession();
  const { inbox, client, username, onNews } = session;
  const { typing, blocked } = useStore(inbox);
  const thread = useStore(inbox.threads).get(peer);
  const isOpened = thread !== undefined;
  const outbox = session.inboxOutbox(peer);
  const [person, setPerson] = useState<string>();
  const sendTyping = useTyping((isTyping) => client.inbox.setTyping.mutate({ to: peer, isTyping }));
  const messages = thread?.messages ?? noMessages;
  const actions = useMessageActions(peer, messages, messageId);
  const { intent, asked, failure, target } = actions;
  const shown = useTarget(thread, target);

  // Again when events were missed.
  // biome-ignore lint/correctness/useExhaustiveDependencies: another target is opened by what sets it
  useEffect(() => {
    if (!isOpened) void inbox.open(peer, target?.id);
  }, [inbox, peer, isOpened]);
  useJumps(messageId, actions.jump);
  useEffect(
    () =>
      onNews((news) => {
        if ('inbox' in news && news.inbox.sender === peer)
          announce(text.conversation.announcement(peer, plainText(textOrNames(news.inbox))));
      }),
    [onNews, peer],
  );

  function toEnd() {
    actions.jump(undefined);
    void inbox.threads.openEnd(peer);
  }

  function send(words: string, files: FileFacts[]) {
    const isReply = intent?.kind === 'reply';
    outbox.send(
      words,
      files,
      isReply ? { id: intent.id, sender: intent.sender, text: intent.text } : undefined,
    );
    actions.finish();
    toEnd();
  }

  function deletionHint(scope: 'everyone' | 'me') {
    const words = text.deleteDialog;
    if (peer === username) return words.alone;
    return scope === 'me' ? words.forMe(peer) : words.forBoth(peer);
  }

  const isEditing = intent?.kind === 'edit';
  return (
    <div className="view">
      <ViewHeader
        icon={<Avatar username={peer} size="small" />}
        title={peer}
        back={hrefOf({ page: 'inbox' })}
      >
        <button type="button" className="button button-quiet button-small" onClick={() => setPerson(peer)}>
          {text.profile.title}
        </button>
        <ConversationMenu peer={peer} onFailure={actions.fail} />
      </ViewHeader>
      {thread === undefined || thread.status === 'loading' ? (
        <Skeleton rows={6} />
      ) : thread.status === 'failed' ? (
        <Failure title={text.inbox.failed} error={thread.error} onRetry={() => void inbox.open(peer)} />
      ) : (
        <Messages
          // A part of the conversation elsewhere begins with a list of its own.
          key={thread.turn}
          peer={peer}
          thread={thread}
          actions={actions}
          target={shown}
          onPerson={setPerson}
          onToEnd={toEnd}
        />
      )}
      {shown?.isGone && <Notice kind="info">{text.search.gone}</Notice>}
      {blocked.has(peer) && (
        <Notice kind="info">
          {text.conversationMenu.blocked(peer)}{' '}
          <button
            type="button"
            className="button-link"
            onClick={() => void client.users.unblock.mutate({ username: peer }).catch(actions.fail)}
          >
            {text.common.unblock}
          </button>
        </Notice>
      )}
      {failure !== undefined && <Notice kind="error">{explain(failure)}</Notice>}
      <Composer
        key={isEditing ? intent.id : 'new'}
        conversation={isEditing ? undefined : inboxKey(peer)}
        label={isEditing ? text.conversation.edit : text.conversation.write(peer)}
        onSend={send}
        uploads={isEditing ? undefined : session.inboxUploads(peer)}
        onSave={isEditing ? (words) => actions.edit(intent.id, words) : undefined}
        onTyping={isEditing ? undefined : sendTyping}
        initial={isEditing ? intent.text : undefined}
        banner={intent && <Intention intent={intent} onCancel={actions.finish} />}
        focusFor={intent}
        onCancel={intent ? actions.finish : undefined}
        onUp={actions.editLast}
      >
        {typing.has(peer) && text.conversation.typing([peer])}
      </Composer>
      {person !== undefined && <ProfileDialog username={person} onClose={() => setPerson(undefined)} />}
      {asked?.kind === 'delete' && (
        <DeleteDialog
          hint={deletionHint(asked.scope)}
          onDelete={() => actions.remove(asked.id, asked.scope)}
          onClose={actions.close}
        />
      )}
      {asked?.kind === 'emoji' && (
        <EmojiDialog onReact={(emoji) => actions.react(asked.id, emoji, true)} onClose={actions.close} />
      )}
    </div>
  );
}

interface MessagesProps {
  peer: string;
  thread: Thread;
  actions: ReturnType<typeof useMessageActions>;
  target: ReturnType<typeof useTarget>;
  onPerson(username: string): void;
  onToEnd(): void;
}

function Messages({ peer, thread, actions, target, onPerson, onToEnd }: MessagesProps) {
  const { inbox, username, inboxOutbox } = useSession();
  const { conversations, seen } = useStore(inbox);
  const outbox = inboxOutbox(peer);
  const outgoing = useStore(outbox);
  const { messages, older, newer } = thread;
  const { peerReadUpTo = null, readUpTo = 0 } = conversations.get(peer) ?? {};
  const items = useMemo(
    () => [
      ...messages.map((message) => showMessage(message, username, peerReadUpTo)),
      ...outgoingItems(outgoing, messages, username),
    ],
    [messages, outgoing, username, peerReadUpTo],
  );
  const [seenAtFirst] = useState(() => Math.max(readUpTo, seen.get(peer) ?? 0));
  const unread = useMemo(
    () => new Set(messages.filter(({ read }) => !read).map(({ id }) => String(id))),
    [messages],
  );
  const firstUnread = useFirstUnread(items, (key) => unread.has(key) && Number(key) > seenAtFirst);

  if (items.length === 0)
    return <Empty icon={<InboxIcon />} title={text.inbox.empty} hint={text.inbox.emptyHint} />;
  return (
    <MessageList
      label={text.conversation.messages(peer)}
      username={username}
      items={items}
      firstUnread={firstUnread}
      startNote={text.inbox.start(peer)}
      older={older}
      onLoadOlder={() => void inbox.threads.loadOlder(peer)}
      newer={newer}
      onLoadNewer={() => void inbox.threads.loadNewer(peer)}
      onToEnd={onToEnd}
      target={target}
      onSeen={(key) => inbox.markSeen(peer, Number(key))}
      onPerson={onPerson}
      onRetry={outbox.retry}
      onDiscard={outbox.discard}
      onExpired={(key) => void inbox.threads.renew(peer, Number(key))}
      onQuote={(key) => actions.jump(Number(key))}
      menu={actions.menu}
    />
  );
}
