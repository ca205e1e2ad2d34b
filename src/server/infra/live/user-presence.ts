import type { Logger } from '../../core/logger.ts';
import { forEachInSlices } from '../../core/slices.ts';
import type { EphemeralEvent, EventBus } from '../bus/event-bus.ts';
import type { Hub } from './hub.ts';
import {
  everybody,
  type Presence,
  type PresenceRules,
  presenceTopic,
  type RecheckRequest,
} from './presence.ts';
import { type PresenceChange, type PresenceEvent, withoutEmptyParts } from './presence-events.ts';
import { type Audience, type Audiences, type PresenceRecheck, restricted } from './presence-view.ts';
import type { Source } from './topic-reader.ts';
import { type Watcher, Watchers } from './watchers.ts';

/** Who of certain users is online, whatever they are subscribed to. Subscriptions name them in their facts. */
export interface UserPresence {
  /** The topic of one subscription, which no other has. */
  newTopic(viewer: string): string;
  /** For the subscriber of such a topic. */
  source(viewer: string, names: readonly string[]): Source;
  /** Changes may have been missed: subscribers get the whole state again. */
  renew(): void;
  close(): void;
}

/** What a watcher is told, and who may see whom. */
interface Told {
  event: PresenceEvent | PresenceRecheck;
  audiences: Audiences;
}

const namesPerSlice = 50;
const watchersPerSlice = 200;

/**
 * All changes of the room `everybody` come on one topic of the bus. Each process passes them on to those of its
 * subscriptions that asked about these users, and asks for these alone who may see them.
 */
export function createUserPresence(
  hub: Hub,
  bus: EventBus,
  rules: PresenceRules,
  presence: Pick<Presence, 'onlineOf'>,
  log: Logger,
): UserPresence {
  const watchers = new Watchers();
  let topics = 0;
  /** Counts the full states that subscribers have to start from. */
  let generation = 0;
  /** What is being told. One after the other, so that the last that is told of a user is true. */
  let telling: Promise<void> = Promise.resolve();
  /** Viewers who may see others than before, and have still to be told. */
  const waiting = new Set<string>();

  const tell = ({ topic }: Watcher, told: Told) => hub.signal(topic, told);

  async function tellChange({ online = [], offline = [] }: PresenceChange): Promise<void> {
    const changes = new Map<Watcher, { online: string[]; offline: string[] }>();
    const watched: string[] = [];
    const collect = (part: 'online' | 'offline', names: string[]) =>
      forEachInSlices(names, namesPerSlice, (name) => {
        const concerned = watchers.of(name);
        if (concerned.length > 0) watched.push(name);
        for (const watcher of concerned) {
          const change = changes.get(watcher) ?? { online: [], offline: [] };
          changes.set(watcher, change);
          change[part].push(name);
        }
      });
    await collect('online', online);
    await collect('offline', offline);
    const audiences = await audiencesOf(watched);
    await forEachInSlices(changes, watchersPerSlice, ([watcher, parts]) =>
      tell(watcher, { event: withoutEmptyParts({ ...parts, typing: [], idle: [] }), audiences }),
    );
  }

  /** Only those who watch a user are looked up, and only for users with restricted presence. */
  async function audiencesOf(names: string[]): Promise<Audiences> {
    const audiences = new Map<string, Audience>();
    for (const name of (await rules.audiences(names, [])).keys())
      for (const [owner, audience] of await rules.audiences([name], viewersIn(watchers.of(name))))
        audiences.set(owner, audience);
    return audiences;
  }

  async function recheck({ names, viewers }: RecheckRequest): Promise<void> {
    if (names) rules.forget(names);
    if (!viewers) for (const name of names ?? []) await recheckFor(watchers.of(name), [name]);
    const isAbout = names && new Set(names);
    for (const viewer of viewers ?? [])
      for (const watcher of watchers.by(viewer))
        await recheckFor(
          [watcher],
          watcher.names.filter((name) => !isAbout || isAbout.has(name)),
        );
  }

  async function recheckFor(concerned: Watcher[], names: string[]): Promise<void> {
    if (concerned.length === 0 || names.length === 0) return;
    const online = await presence.onlineOf(names);
    const audiences = await rules.audiences(names, viewersIn(concerned));
    const event: PresenceRecheck = { type: 'recheck', names, online, typing: [] };
    await forEachInSlices(concerned, watchersPerSlice, (watcher) => tell(watcher, { event, audiences }));
  }

  function renew(): void {
    generation += 1;
    for (const topic of watchers.topics) hub.signal(topic);
  }

  function hear(event: EphemeralEvent | undefined): void {
    if (!event) return; // events may have been missed: `renew` is called
    const data = event as unknown as PresenceChange | RecheckRequest; // safe: what is published on this topic
    if (data.type !== 'recheck') tellNext(() => tellChange(data));
    else if (data.names || !data.viewers) tellNext(() => recheck(data));
    else recheckLater(data.viewers);
  }

  /** A large room that becomes private or public, perhaps again and again, has many viewers. */
  function recheckLater(viewers: string[]): void {
    const isFirst = waiting.size === 0;
    for (const viewer of viewers) if (watchers.by(viewer).length > 0) waiting.add(viewer);
    if (isFirst && waiting.size > 0)
      tellNext(() => {
        const viewers = [...waiting];
        waiting.clear();
        return recheck({ type: 'recheck', viewers });
      });
  }

  function tellNext(work: () => Promise<void>): void {
    telling = telling.then(work).catch((err: unknown) => {
      log.debug({ err }, 'publishing presence failed');
      renew(); // reading is retried until it succeeds
    });
  }

  hub.onChange((topic, { username, watched }, change) => {
    if (!watched) return;
    if (change === 'opened') watchers.add({ topic, viewer: username, names: watched });
    else watchers.remove(topic);
  });
  const listening = bus.subscribe(presenceTopic(everybody), hear);
  listening.catch((err: unknown) => log.error({ err }, 'listening to presence failed'));

  return {
    newTopic(viewer) {
      topics += 1;
      return `presence:${viewer}:${topics}`;
    },

    source: (viewer, names) => ({
      async read(position) {
        const current = String(generation);
        if (position === current) return { events: [], complete: true, position };
        const online = await presence.onlineOf(names);
        const audiences = await rules.audiences(online, [viewer]);
        const state: PresenceEvent = { type: 'state', online, typing: [] };
        return { events: [restricted(state, audiences)], complete: true, position: current };
      },
      isNewer: (a, b) => Number(a) > Number(b),
      async prepare(events) {
        return events.map(({ data }) => {
          const { event, audiences } = data as Told; // safe: what `tell` signals
          return restricted(event, audiences);
        });
      },
    }),

    renew,

    close() {
      void listening.then((stop) => stop());
    },
  };
}

const viewersIn = (concerned: Watcher[]) => [...new Set(concerned.map(({ viewer }) => viewer))];
