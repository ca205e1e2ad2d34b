import { useEffect, useMemo, useState } from 'react';
import type { Conversation, Message, Timeline } from '../../client/chat/index.ts';
import { reasonOf } from '../../client/index.ts';
import { now } from '../clock.ts';
import type { Intent } from './intention.tsx';
import type { MessageChanges, MessageMenuActions } from './message-menu.tsx';
import { useEditableMs } from './use-editable-ms.ts';

type Scope = 'everyone' | 'me';
/** What is asked about a message before it is done. */
type Asked = { id: string; key: string } & ({ kind: 'delete'; scope: Scope } | { kind: 'emoji' });

/** What stands for a message where there is only text: what it says, or what its files are called. */
const textOrNames = ({ text, attachments }: Message): string =>
  text === '' ? attachments.map(({ name }) => name).join(', ') : text;

interface Options extends Pick<MessageChanges, 'deletes'> {
  /** Absent where the user may not. */
  setPinned?: ((id: string, isPinned: boolean) => Promise<unknown>) | undefined;
}

/** What the user does with messages, which is shown at once. */
export function useMessageActions(
  conversation: Conversation,
  timeline: Timeline,
  { deletes, setPinned }: Options,
) {
  const [intent, setIntent] = useState<Intent>();
  const [asked, setAsked] = useState<Asked>();
  const [failure, setFailure] = useState<unknown>();
  const editableMs = useEditableMs();

  // What is about a message ends with it.
  useEffect(() => {
    const unlessGone = <T extends { id: string }>(about: T | undefined) =>
      about && timeline.isGone(about.id) ? undefined : about;
    return timeline.subscribe(() => {
      setIntent(unlessGone);
      setAsked(unlessGone);
    });
  }, [timeline]);

  function find(key: string): (Message & { id: string }) | undefined {
    const item = timeline.getSnapshot().items.find((other) => other.key === key);
    return item?.kind === 'message' && item.id !== null ? { ...item, id: item.id } : undefined;
  }

  function startWith(kind: Intent['kind'], key: string): void {
    const message = find(key);
    if (!message) return;
    const { id, author } = message;
    setIntent({ kind, key, id, author, text: kind === 'reply' ? textOrNames(message) : message.text });
  }

  /** A message that has been deleted elsewhere needs no explaining: it is no longer there. */
  const unlessUnknown = (error: unknown) => {
    if (reasonOf(error) !== 'MESSAGE_NOT_FOUND') throw error;
  };
  function attempt(work: Promise<unknown>): void {
    setFailure(undefined);
    work.catch(unlessUnknown).catch(setFailure);
  }

  // biome-ignore lint/correctness/useExhaustiveDependencies: the functions only use what is listed
  const menu = useMemo<MessageMenuActions>(
    () => ({
      onReply: (key) => startWith('reply', key),
      ...(setPinned && {
        onPin(key, isPinned) {
          const message = find(key);
          if (message) attempt(setPinned(message.id, isPinned));
        },
      }),
      changes: {
        onEdit: (key) => startWith('edit', key),
        editableMs,
        onDelete(key, scope) {
          const message = find(key);
          if (message) setAsked({ kind: 'delete', key, id: message.id, scope });
        },
        deletes,
        onReact: (key, emoji, isOn) => attempt(conversation[isOn ? 'react' : 'unreact'](key, emoji)),
        onOtherEmoji(key) {
          const message = find(key);
          if (message) setAsked({ kind: 'emoji', key, id: message.id });
        },
      },
    }),
    [conversation, timeline, deletes, setPinned, editableMs],
  );

  return {
    intent,
    asked,
    failure,
    menu,
    fail: setFailure,
    finish: () => setIntent(undefined),
    close: () => setAsked(undefined),
    react: (key: string, emoji: string) => conversation.react(key, emoji),
    remove: (key: string, scope: Scope) => conversation.remove(key, scope).catch(unlessUnknown),

    async edit(key: string, text: string): Promise<void> {
      await conversation.edit(key, text);
      setIntent(undefined);
    },

    editLast() {
      const last = timeline
        .getSnapshot()
        .items.findLast((item): item is Message => item.kind === 'message' && item.isOwn && item.id !== null);
      if (last && now() - Date.parse(last.createdAt) < editableMs) startWith('edit', last.key);
    },
  };
}
