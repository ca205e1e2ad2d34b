import { emptyInfo, emptyList, emptyTimeline } from '../chat/empty.ts';
import type { Conversation, Readable, Timeline } from '../chat/types.ts';

const unchanging = <T>(value: T): Readable<T> => ({ getSnapshot: () => value, subscribe: () => () => {} });
const nothing = () => {};
const inVain = async () => {};

const noList = { ...unchanging(emptyList), load: inVain, loadMore: nothing, retry: nothing };

const messages: Timeline = {
  ...unchanging(emptyTimeline),
  load: inVain,
  loadOlder: nothing,
  loadNewer: nothing,
  toLive: nothing,
  retry: nothing,
  isGone: () => false,
  renew: inVain,
  seen: nothing,
};

/** What hooks use without a target: it stays as it is, and takes nothing. */
export const nowhere: Omit<Conversation, 'target'> = {
  info: unchanging(emptyInfo),
  messages,
  window: () => messages,
  typing: unchanging([]),
  online: unchanging(new Set()),
  members: noList,
  pins: noList,
  draft: { ...unchanging(''), set: nothing },
  send: () => ({ key: '', settled: Promise.resolve({ ok: false, discarded: true }) }),
  retry: nothing,
  discard: nothing,
  edit: inVain,
  remove: inVain,
  react: inVain,
  unreact: inVain,
  mute: inVain,
  unmute: inVain,
  leave: inVain,
  keystroke: nothing,
  stopTyping: nothing,
};
