import { useEffect, useMemo, useState } from 'react';
import { reasonOf } from '../../client/index.ts';
import { now } from '../clock.ts';
import type { Intent } from '../conversation/intention.tsx';
import type { MessageMenuActions } from '../conversation/message-menu.tsx';
import { useEditableMs } from '../conversation/use-editable-ms.ts';
import { textOrNames } from '../state/attachments.ts';
import { useSession } from '../state/session.ts';
import type { HeldMessage } from '../state/thread.ts';

type Scope = 'everyone' | 'me';
type Asked = { kind: 'delete'; id: number; scope: Scope } | { kind: 'emoji'; id: number };

const targetOf = (id: number | undefined) => (id === undefined ? undefined : { id });

/** What the user does with the messages of a conversation, which was opened at `messageId`. */
export function useMessageActions(
  peer: string,
  messages: readonly HeldMessage[],
  messageId: number | undefined,
) {
  const { client, inbox, username } = useSession();
  const { threads } = inbox;
  const [intent, setIntent] = useState<Intent<number>>();
  const [asked, setAsked] = useState<Asked>();
  const [target, setTarget] = useState(() => targetOf(messageId));
  const [failure, setFailure] = useState<unknown>();
  const editableMs = useEditableMs();

  // What is about a message ends with it.
  useEffect(
    () =>
      threads.subscribe(() => {
        setIntent((before) => (before && threads.isGone(before.id) ? undefined : before));
        setAsked((before) => (before && threads.isGone(before.id) ? undefined : before));
      }),
    [threads],
  );

  const isUnknown = (error: unknown) => reasonOf(error) === 'MESSAGE_NOT_FOUND';

  async function react(id: number, emoji: string, isOn: boolean): Promise<void> {
    const { position, ...message } = await client.inbox[isOn ? 'react' : 'unreact'].mutate({ id, emoji });
    threads.learn(message, position);
  }

  function startWith(kind: Intent['kind'], key: string): void {
    const message = threads
      .get()
      .get(peer)
      ?.messages.find(({ id }) => String(id) === key);
    const words = message && (kind === 'reply' ? textOrNames(message) : message.text);
    if (message) setIntent({ kind, id: message.id, sender: message.sender, text: words ?? '' });
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: the functions only use what is listed
  const menu = useMemo<MessageMenuActions>(
    () => ({
      onReply: (key) => startWith('reply', key),
      changes: {
        onEdit: (key) => startWith('edit', key),
        onDelete: (key, scope) => setAsked({ kind: 'delete', id: Number(key), scope }),
        deletes: peer === username ? 'any' : 'anyForMe',
        onReact(key, emoji, isOn) {
          setFailure(undefined);
          react(Number(key), emoji, isOn).catch((error) => !isUnknown(error) && setFailure(error));
        },
        onOtherEmoji: (key) => setAsked({ kind: 'emoji', id: Number(key) }),
        editableMs,
      },
    }),
    [client, threads, peer, username, editableMs],
  );

  return {
    intent,
    asked,
    target,
    failure,
    menu,
    react,
    fail: setFailure,
    finish: () => setIntent(undefined),
    close: () => setAsked(undefined),

    async edit(id: number, text: string): Promise<void> {
      const { position, ...message } = await client.inbox.editMessage.mutate({ id, text });
      threads.learn(message, position);
      setIntent(undefined);
    },

    editLast() {
      const last = messages.findLast(({ sender }) => sender === username);
      if (last && now() - Date.parse(last.createdAt) < editableMs) startWith('edit', String(last.id));
    },

    async remove(id: number, scope: Scope): Promise<void> {
      await client.inbox.deleteMessage.mutate({ id, scope }).catch((error: unknown) => {
        if (!isUnknown(error)) throw error; // deleted elsewhere
      });
      threads.remove(id);
    },

    /** Shows a message, or with undefined nothing in particular. */
    jump(id: number | undefined) {
      setTarget(targetOf(id));
      if (id !== undefined) void inbox.open(peer, id);
    },
  };
}
