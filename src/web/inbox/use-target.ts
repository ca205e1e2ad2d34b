import { useEffect, useRef, useState } from 'react';
import { useSession } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { reaches, type Thread } from '../state/thread.ts';

/** Jumps to the message of the route: to another one, and to the same one when it is chosen again. */
export function useJumps(messageId: number | undefined, jump: (id: number) => void): void {
  const { chosen } = useStore(useSession().inbox.search);
  const again = chosen?.id === messageId ? chosen : undefined;
  const before = useRef<{ messageId?: number | undefined; again?: typeof again }>({});
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when there is something to show
  useEffect(() => {
    const isOther = messageId !== before.current.messageId;
    const isAgain = again !== undefined && again !== before.current.again;
    before.current = { messageId, again: again ?? before.current.again };
    if (messageId !== undefined && (isOther || isAgain)) jump(messageId);
  }, [messageId, again]);
}

interface Target {
  id: number;
}

interface Shown {
  key: string;
  /** The message has been deleted, and this is the one before it. */
  isGone: boolean;
}

/** What to show of a conversation. Determined once: a message that is deleted later has been shown. */
export function useTarget(thread: Thread | undefined, target: Target | undefined): Shown | undefined {
  const [found, setFound] = useState<{ target: Target | undefined; shown: Shown }>();
  if (found && found.target === target) return found.shown;
  if (!thread || !target || !reaches(thread, target.id)) return undefined;
  const { messages } = thread;
  const nearest = messages.findLast(({ id }) => id <= target.id) ?? messages[0];
  const shown = { key: String(nearest?.id), isGone: nearest?.id !== target.id };
  setFound({ target, shown });
  return shown;
}
