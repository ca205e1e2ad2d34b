import type { ConversationInfo, ListSnapshot, TimelineSnapshot } from './types.ts';

/** What is shown of something that nothing is known of. */
export const emptyList: ListSnapshot<never> = {
  status: 'loading',
  items: [],
  hasMore: false,
  isLoadingMore: false,
  isStale: true,
  error: null,
};

export const emptyTimeline: TimelineSnapshot = {
  status: 'loading',
  items: [],
  older: 'loading',
  newer: 'loading',
  isStale: true,
  firstUnread: null,
  unreadBelow: 0,
  error: null,
};

export const emptyInfo: ConversationInfo = {
  status: 'loading',
  name: '',
  unread: 0,
  mentions: 0,
  readUpTo: null,
  peerReadUpTo: null,
  mutedUntil: null,
  isBlocked: false,
  role: null,
  history: 'kept',
  endedBy: null,
  error: null,
};
