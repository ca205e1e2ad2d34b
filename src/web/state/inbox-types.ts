import type { Outputs } from '../../client/index.ts';

export type InboxMessage = Outputs['inbox']['listMessages']['messages'][number];

type EventOf<Stream> = Stream extends AsyncIterable<infer Event> ? Event : never;

/** What is stored and can be resumed. */
export type InboxEvent = Extract<EventOf<Outputs['inbox']['onMessage']>, { data: unknown }>['data'];
