/**
 * A chat in React.
 * @module mirage/react
 */
import {
  createContext,
  createElement,
  type ReactElement,
  type ReactNode,
  type RefCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useSyncExternalStore,
} from 'react';
import type {
  Chat,
  ChatState,
  Conversation,
  ConversationInfo,
  List,
  ListSnapshot,
  Member,
  News,
  PeerSummary,
  PublicRoom,
  Readable,
  RoomSummary,
  Search,
  SearchSnapshot,
  Target,
  Timeline,
  TimelineSnapshot,
  Unread,
} from '../chat/types.ts';
import { nowhere } from './nowhere.ts';
import { createRows } from './rows.ts';

const ChatContext = createContext<Chat | null>(null);

/** Gives a chat to the hooks below it. It neither creates the chat nor closes it. */
export function ChatProvider({ chat, children }: { chat: Chat; children?: ReactNode }): ReactElement {
  return createElement(ChatContext.Provider, { value: chat }, children);
}

/** The chat itself. Throws without a {@link ChatProvider}, as all hooks do. */
export function useChat(): Chat {
  const chat = useContext(ChatContext);
  if (!chat) throw new Error('the hooks of mirage/react need a <ChatProvider> above them');
  return chat;
}

/** The value of any readable of a chat, kept up to date while the component is shown. */
export function useReadable<T>(readable: Readable<T>): T {
  return useSyncExternalStore(readable.subscribe, readable.getSnapshot, readable.getSnapshot);
}

/** A list with what it can do. */
export type Paged<T> = ListSnapshot<T> & Pick<List<T>, 'loadMore' | 'retry'>;

const usePaged = <T>(list: List<T>): Paged<T> => ({
  ...useReadable(list),
  loadMore: list.loadMore,
  retry: list.retry,
});

/** The same for targets that are alike. */
function useTarget(target: Target | null): Omit<Conversation, 'target'> {
  const chat = useChat();
  return target ? chat.conversation(target) : nowhere;
}

/** Whether it is connected, and whether the session is still open. */
export const useChatState = (): ChatState => useReadable(useChat().state);

/** The user's name; null until it is known. */
export const useMe = (): string | null => useReadable(useChat().me);

/** What the user has not read, in rooms and conversations. */
export const useUnread = (): Unread => useReadable(useChat().unread);

/** The rooms that the user is in. */
export const useRooms = (): Paged<RoomSummary> => usePaged(useChat().rooms);

/** Rooms that everybody can join. */
export const usePublicRooms = (): Paged<PublicRoom> => usePaged(useChat().publicRooms);

/** Conversations, latest activity first. */
export const useInbox = (): Paged<PeerSummary> => usePaged(useChat().inbox);

/** Of a room. */
export const useMembers = (target: { roomId: number } | null): Paged<Member> =>
  usePaged(useTarget(target).members);

/** What {@link useConversation} gives. */
export type ConversationResult = ConversationInfo & Pick<Conversation, 'leave' | 'mute' | 'unmute'>;

/** What is known of a conversation beside its messages. */
export function useConversation(target: Target | null): ConversationResult {
  const { info, leave, mute, unmute } = useTarget(target);
  return { ...useReadable(info), leave, mute, unmute };
}

/** Which window is shown: the live end, where reading stopped, or around a message. */
export type WindowAt =
  | 'live'
  | 'firstUnread'
  | {
      /** The id of a message. */
      around: string;
    };

/** What {@link useMessages} gives. */
export interface MessagesResult
  extends TimelineSnapshot,
    Pick<Timeline, 'loadOlder' | 'loadNewer' | 'toLive' | 'retry' | 'seen'> {
  /**
   * For `ref` of each row: reports what is visible, by which it is marked as read. The same function for the same key. Does nothing where
   * there is no `IntersectionObserver`.
   */
  row(key: string): RefCallback<Element>;
}

/** The messages of a conversation. Without a target it stays `loading`, and nothing is loaded. */
export function useMessages(target: Target | null, { at = 'live' }: { at?: WindowAt } = {}): MessagesResult {
  const conversation = useTarget(target);
  const around = typeof at === 'object' ? at.around : null;
  const isUnread = at === 'firstUnread';
  const timeline = useMemo(() => {
    if (around !== null) return conversation.window({ around });
    return isUnread ? conversation.window({ firstUnread: true }) : conversation.messages;
  }, [conversation, around, isUnread]);
  const row = useMemo(() => createRows(timeline), [timeline]);
  const { loadOlder, loadNewer, toLive, retry, seen } = timeline;
  return { ...useReadable(timeline), loadOlder, loadNewer, toLive, retry, seen, row };
}

/** What {@link useSend} gives. */
export type SendResult = Pick<
  Conversation,
  'send' | 'retry' | 'discard' | 'edit' | 'remove' | 'react' | 'unreact'
>;

/** What a user does with messages. The same functions for the same target. It shows nothing, so that nothing renders for it. */
export const useSend = (target: Target | null): SendResult => useTarget(target);

/** The text being written, which survives a reload, and the function that sets it. */
export function useDraft(target: Target | null): [text: string, setText: (text: string) => void] {
  const { draft } = useTarget(target);
  return [useReadable(draft), draft.set];
}

/** What {@link useTyping} gives. */
export interface TypingResult extends Pick<Conversation, 'keystroke' | 'stopTyping'> {
  /** Others who are typing. */
  typing: readonly string[];
}

/** Who is typing, and the functions that tell that the user is. */
export function useTyping(target: Target | null): TypingResult {
  const { typing, keystroke, stopTyping } = useTarget(target);
  return { typing: useReadable(typing), keystroke, stopTyping };
}

/** Who of these users is online. Names that are missing are not known yet. */
export function usePresence(usernames: readonly string[]): ReadonlyMap<string, boolean> {
  const chat = useChat();
  const names = usernames.join('\n');
  return useReadable(useMemo(() => chat.presence(names === '' ? [] : names.split('\n')), [chat, names]));
}

/** What {@link useSearch} gives. */
export type SearchResult = SearchSnapshot & Pick<Search, 'setQuery' | 'retry' | 'loadMore'>;

/** A search of its own, in everything, in all rooms, in all private messages or in one conversation. */
export function useSearch({ in: target }: { in?: Target | 'rooms' | 'inbox' } = {}): SearchResult {
  const chat = useChat();
  const where = typeof target === 'object' ? chat.conversation(target).target : target;
  const search = useMemo(() => chat.search({ in: where }), [chat, where]);
  const { setQuery, retry, loadMore } = search;
  return { ...useReadable(search), setQuery, retry, loadMore };
}

/** Calls the latest listener for new messages by others, never for history. */
export function useNews(listener: (news: News) => void): void {
  const chat = useChat();
  const latest = useRef(listener);
  useEffect(() => {
    latest.current = listener;
  });
  useEffect(() => chat.onNews((news) => latest.current(news)), [chat]);
}
