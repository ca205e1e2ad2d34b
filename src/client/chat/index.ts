/**
 * The state of a chat, without a framework.
 * @module mirage/chat
 */
export { createChat } from './create-chat.ts';
export { memoryStorage } from './store.ts';
export type * from './types.ts';
