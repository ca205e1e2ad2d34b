import { useState } from 'react';
import type { Conversation, Readable } from '../../client/chat/index.ts';
import { useReadable } from '../../client/react/index.ts';

const nothing: Readable<string> = { getSnapshot: () => '', subscribe: () => () => {} };

/** The text in a field: of a conversation it is kept over reloads until the user logs out, without one it is not. */
export function useDraft(
  conversation: Conversation | undefined,
  initial = '',
): [text: string, setText: (text: string) => void] {
  const own = useState(initial);
  const kept = useReadable<string>(conversation?.draft ?? nothing);
  return conversation ? [kept, conversation.draft.set] : own;
}
