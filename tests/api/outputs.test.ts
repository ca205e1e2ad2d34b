import { describe, expect, expectTypeOf, it } from 'vitest';
import { z } from 'zod';
import { appRouter, createCaller } from '../../src/server/api/app-router.ts';
import { definitionOf, type Procedure } from '../../src/server/api/direct/internals.ts';
import type { messageEvents, presenceEvents } from '../../src/server/api/outputs/chat.ts';
import { type Events, eventSchemasOf } from '../../src/server/api/outputs/events.ts';
import type { inboxEvents } from '../../src/server/api/outputs/inbox.ts';
import type { PresenceEvent } from '../../src/server/infra/live/presence-events.ts';
import type { InboxEphemeralEvent, InboxEvent } from '../../src/server/services/inbox/inbox-events.ts';
import type { RoomEphemeralEvent, RoomEvent } from '../../src/server/services/rooms/message-events.ts';
import { follow, startRoom, transports } from '../support/live.ts';
import { liveClient } from '../support/live-client.ts';

const { procedures } = definitionOf(appRouter);
const outputOf = ({ _def: { output } }: Procedure) => output as z.ZodType | undefined; // safe: all our parsers are zod's

/** Schemas that let through nothing but what they name. */
function letsThroughMore(schema: z.ZodType): boolean {
  if (schema instanceof z.ZodObject)
    return schema.def.catchall !== undefined || Object.values(schema.shape).some(letsThroughMore);
  if (schema instanceof z.ZodArray) return letsThroughMore(schema.element as z.ZodType);
  if (schema instanceof z.ZodTuple)
    return schema.def.rest !== null || schema.def.items.some((item) => letsThroughMore(item as z.ZodType));
  if (schema instanceof z.ZodUnion)
    return schema.options.some((option) => letsThroughMore(option as z.ZodType));
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional)
    return letsThroughMore(schema.unwrap() as z.ZodType);
  return !plain.has(schema.def.type);
}

const plain = new Set(['string', 'number', 'boolean', 'date', 'enum', 'literal', 'null', 'void', 'never']);

describe.each(Object.entries(procedures))('%s', (_, procedure) => {
  it('has an output schema that names every field', () => {
    const output = outputOf(procedure);
    if (!output) throw new Error('it has no output schema');
    const events = eventSchemasOf(output);
    expect(events !== undefined).toBe(procedure._def.type === 'subscription');
    const schemas = events ? [events.tracked, events.untracked] : [output];
    expect(schemas.filter(letsThroughMore)).toEqual([]);
  });
});

it('would notice a schema that lets through more', () => {
  const more = [
    z.looseObject({}),
    z.object({ data: z.unknown() }),
    z.array(z.any()),
    z.record(z.string(), z.string()),
    z.tuple([z.unknown()]),
  ];
  expect(more.filter((schema) => !letsThroughMore(schema))).toEqual([]);
});

it('sends none of the additional fields that a store holds', async () => {
  const { deps, url, alice, roomId, rest, say } = await startRoom();
  const { append } = deps.roomMessages;
  deps.roomMessages.append = async (draft) =>
    Object.assign(await append.call(deps.roomMessages, draft), { moderation: 'secret' });
  const followed = transports.map((transport) => {
    const { client } = liveClient({ url, token: alice.token, transport });
    return follow((on) => client.chat.onMessage.subscribe({ roomId }, on));
  });
  const caller = createCaller({ deps, token: alice.token, address: 'local' });

  const answers: unknown[] = [await say('word'), await caller.chat.sendMessage({ roomId, text: 'word' })];
  const single = encodeURIComponent(JSON.stringify({ roomId }));
  const batch = encodeURIComponent(JSON.stringify({ 0: { roomId } }));
  for (const query of [`input=${single}`, `batch=1&input=${batch}`]) {
    const headers = { authorization: alice.token };
    const response = await fetch(`${url}/trpc/chat.listMessages?${query}`, { headers });
    answers.push(await response.text());
  }
  answers.push(await rest('GET', `/api/get_room_messages?room_id=${roomId}`, { token: alice.token }));
  for (const { events, count } of followed) {
    await count(2);
    answers.push(events);
  }
  for await (const event of await caller.chat.onMessage({ roomId })) {
    answers.push(event);
    break;
  }

  expect(JSON.stringify(await deps.roomMessages.list(roomId))).toContain('secret');
  for (const answer of answers) {
    expect(JSON.stringify(answer)).toContain('word');
    expect(JSON.stringify(answer)).not.toContain('secret');
  }
});

describe.each(transports)('over %s', (transport) => {
  it('sends events with the fields of their schemas and no others', async () => {
    const { url, alice, bob, roomId, say } = await startRoom({
      roomMessages: { capacity: 2, ttlMs: 60_000 },
    });
    const { id: lastEventId } = await say('evicted');
    for (const text of ['evicted too', 'held', 'newest']) await say(text);
    const { client } = liveClient({ url, token: bob.token, transport });
    const room = follow((on) => client.chat.onMessage.subscribe({ roomId, lastEventId }, on));
    const presence = follow((on) => client.chat.onPresence.subscribe({ roomId }, on));
    const users = follow((on) => client.users.onPresence.subscribe({ usernames: ['alice'] }, on));
    const inbox = follow((on) => client.inbox.onMessage.subscribe({}, on));
    await Promise.all([room.word('newest'), presence.word('state'), users.word('state'), inbox.started()]);

    await alice.client.chat.setTyping.mutate({ roomId, isTyping: true });
    await presence.word('change');
    liveClient({ url, token: alice.token, transport }).inbox();
    await users.word('change');
    const { id } = await alice.client.inbox.sendMessage.mutate({ recipient: 'bob', text: 'hi' });
    await inbox.word('hi');
    await bob.client.inbox.markRead.mutate({ upTo: id });
    await inbox.word(`bob read ${id}`);
    await bob.client.inbox.deleteMessage.mutate({ id });
    await inbox.word(`deleted ${id}`);

    expect(room.words).toEqual(['gap', 'held', 'newest']);
    for (const [path, { events }] of Object.entries({
      'chat.onMessage': room,
      'chat.onPresence': presence,
      'users.onPresence': users,
      'inbox.onMessage': inbox,
    }))
      expect(events, path).toEqual(events.map((event) => asInSchema(path, event)));
  });
});

/** An event with only what its schema names. Throws if anything is missing. */
function asInSchema(path: string, event: unknown): unknown {
  const procedure = procedures[path];
  const schemas = eventSchemasOf((procedure && outputOf(procedure)) ?? z.never());
  if (!schemas) throw new Error(`${path} has no schemas of events`);
  const { id, data } = event as { id?: string; data?: unknown };
  if (data === undefined) return JSON.parse(JSON.stringify(schemas.untracked.parse(event)));
  return { id, data: JSON.parse(JSON.stringify(schemas.tracked.parse(withDates(data)))) };
}

/** Over the wire, dates are text. */
const withDates = (data: unknown): unknown =>
  JSON.parse(JSON.stringify(data), (key, value) =>
    /^(created|edited)At$/.test(key) && value !== null ? new Date(String(value)) : value,
  );

it('types events as their schemas do', () => {
  expectTypeOf<z.output<typeof inboxEvents>>().toEqualTypeOf<Events<InboxEvent, InboxEphemeralEvent>>();
  expectTypeOf<z.output<typeof presenceEvents>>().toEqualTypeOf<Events<never, PresenceEvent>>();
  expectTypeOf<z.output<typeof messageEvents>>().toEqualTypeOf<
    Events<WritableMessage<RoomEvent>, RoomEphemeralEvent>
  >();
});

type WritableMessage<T> = T extends { message: infer Message }
  ? { [Key in keyof T]: Key extends 'message' ? Writable<Message> : T[Key] }
  : T;
type Writable<T> = { -readonly [Key in keyof T]: T[Key] };
