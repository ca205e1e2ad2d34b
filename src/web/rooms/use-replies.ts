import { useMemo, useState } from 'react';
import type { Intent } from '../conversation/intention.tsx';
import type { MessageMenuActions } from '../conversation/message-menu.tsx';
import type { RoomFeed } from '../state/room-feed.ts';

/** Replying to messages of a room, and showing those that replies quote. */
export function useReplies(feed: RoomFeed) {
  const [intent, setIntent] = useState<Intent<string>>();
  const [target, setTarget] = useState<{ key: string }>();
  /** The message that was chosen last could not be loaded. */
  const [isLost, setLost] = useState(false);
  const find = (key: string) => feed.get().entries.find(({ id }) => id === key);

  // biome-ignore lint/correctness/useExhaustiveDependencies: the functions only use what is listed
  const menu = useMemo<MessageMenuActions>(
    () => ({
      onReply(key) {
        const entry = find(key);
        if (entry && !('isGap' in entry))
          setIntent({ kind: 'reply', id: key, sender: entry.username, text: entry.text });
      },
    }),
    [feed],
  );

  return {
    intent,
    target,
    isLost,
    menu,
    finish() {
      setIntent(undefined);
      setLost(false);
    },
    async jump(key: string) {
      setLost(false);
      await feed.loadBackTo(key);
      // The first one gets no row while there are older ones.
      if (feed.get().entries[0]?.id === key) await feed.loadOlder();
      if (find(key)) setTarget({ key });
      else setLost(true);
    },
  };
}
