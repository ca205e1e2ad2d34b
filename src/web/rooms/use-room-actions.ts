import { useEffect, useMemo, useState } from 'react';
import { reasonOf } from '../../client/index.ts';
import { now } from '../clock.ts';
import type { Intent } from '../conversation/intention.tsx';
import type { MessageMenuActions } from '../conversation/message-menu.tsx';
import { useEditableMs } from '../conversation/use-editable-ms.ts';
import { textOrNames } from '../state/attachments.ts';
import type { RoomFeed } from '../state/room-feed.ts';
import { useSession } from '../state/session.ts';
import { useSetPinned } from './use-pins.ts';
import type { Room } from './use-rooms.ts';

type Asked = { kind: 'delete' | 'emoji'; id: string };

/** What the user does with the messages of a room. What has changed is shown when the room's events tell of it. */
export function useRoomActions(room: Room, feed: RoomFeed) {
  const { client, username } = useSession();
  const [intent, setIntent] = useState<Intent<string>>();
  const [asked, setAsked] = useState<Asked>();
  const [target, setTarget] = useState<{ key: string }>();
  const [failure, setFailure] = useState<unknown>();
  /** The message that was chosen last could not be loaded. */
  const [isLost, setLost] = useState(false);
  const editableMs = useEditableMs();
  const setPinned = useSetPinned(room.id);
  const roomId = room.id;
  const isStaff = room.role !== 'member';

  // What is about a message ends with it.
  useEffect(
    () =>
      feed.subscribe(() => {
        setIntent((before) => (before && feed.isGone(before.id) ? undefined : before));
        setAsked((before) => (before && feed.isGone(before.id) ? undefined : before));
      }),
    [feed],
  );

  function find(key: string) {
    const entry = feed.get().entries.find(({ id }) => id === key);
    return entry && !('isGap' in entry) ? entry : undefined;
  }

  function startWith(kind: Intent['kind'], id: string): void {
    const message = find(id);
    const words = message && (kind === 'reply' ? textOrNames(message) : message.text);
    if (message) setIntent({ kind, id, sender: message.username, text: words ?? '' });
  }

  const isUnknown = (error: unknown) => reasonOf(error) === 'MESSAGE_NOT_FOUND';
  const unlessUnknown = (error: unknown) => {
    if (!isUnknown(error)) throw error;
  };

  const react = (id: string, emoji: string, isOn: boolean) =>
    client.chat[isOn ? 'react' : 'unreact'].mutate({ roomId, id, emoji });

  // biome-ignore lint/correctness/useExhaustiveDependencies: the functions only use what is listed
  const menu = useMemo<MessageMenuActions>(() => {
    const attempt = (work: Promise<unknown>) => {
      setFailure(undefined);
      work.catch((error) => !isUnknown(error) && setFailure(error));
    };
    return {
      onReply: (id) => startWith('reply', id),
      ...(isStaff && { onPin: (id, isPinned) => attempt(setPinned(id, isPinned)) }),
      changes: {
        onEdit: (id) => startWith('edit', id),
        editableMs,
        onDelete: (id) => setAsked({ kind: 'delete', id }),
        deletes: isStaff ? 'any' : 'own',
        onReact: (id, emoji, isOn) => attempt(react(id, emoji, isOn)),
        onOtherEmoji: (id) => setAsked({ kind: 'emoji', id }),
      },
    };
  }, [client, feed, roomId, isStaff, editableMs]);

  return {
    intent,
    asked,
    target,
    failure,
    isLost,
    menu,
    react: (id: string, emoji: string) => react(id, emoji, true),
    close: () => setAsked(undefined),

    finish() {
      setIntent(undefined);
      setLost(false);
    },

    async edit(id: string, text: string): Promise<void> {
      await client.chat.editMessage.mutate({ roomId, id, text });
      setIntent(undefined);
    },

    editLast() {
      const last = feed
        .get()
        .entries.findLast(
          (entry) => !('isGap' in entry) && entry.event === undefined && entry.username === username,
        );
      const message = last && find(last.id);
      if (message && now() - Date.parse(message.createdAt) < editableMs) startWith('edit', message.id);
    },

    toEnd() {
      setTarget(undefined);
      feed.showEnd().catch(setFailure);
    },

    /** Also if it has been deleted elsewhere. */
    remove: (id: string): Promise<unknown> =>
      client.chat.deleteMessage.mutate({ roomId, id }).catch(unlessUnknown),

    async jump(key: string) {
      setLost(false);
      setFailure(undefined);
      try {
        if (!(await feed.showAround(key))) return;
        // The first one gets no row while there are older ones.
        if (feed.get().entries[0]?.id === key) await feed.loadOlder();
        if (find(key)) setTarget({ key });
        else setLost(true);
      } catch (error) {
        setFailure(error);
      }
    },
  };
}
