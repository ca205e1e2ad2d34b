export type { Quote, Reaction, ServerAttachment } from './strip.ts';
export type * from './types/basics.ts';
export type * from './types/chat.ts';
export type * from './types/conversation.ts';
export type * from './types/lists.ts';
export type * from './types/messages.ts';
export type * from './types/options.ts';
export type * from './types/search.ts';
export type * from './types/timeline.ts';
