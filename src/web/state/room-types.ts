import type { Outputs } from '../../client/index.ts';

export type RoomMessage = Outputs['chat']['sendMessage'];

/** Marks where messages are missing because the server no longer has them. */
export interface Gap {
  id: string;
  isGap: true;
}

export type RoomEntry = RoomMessage | Gap;

type EventOf<Stream> = Stream extends AsyncIterable<infer Event> ? Event : never;

/** What has a place in the order of messages. */
export type RoomEvent = Extract<EventOf<Outputs['chat']['onMessage']>, { data: unknown }>;

export type RoomChange = Exclude<RoomEvent['data'], { type: 'message' }>;
