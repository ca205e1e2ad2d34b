import { Batch, LiveEvent } from './batch.ts';
import { type PresenceEvent, withoutEmptyParts } from './presence-events.ts';
import type { Sink } from './sink.ts';

/** Who may see a user with restricted presence. */
export interface Audience {
  /** Viewers whose access was checked; others are unknown. */
  asked: ReadonlySet<string>;
  allowed: ReadonlySet<string>;
}

export type Audiences = ReadonlyMap<string, Audience>;

/**
 * Internal, never sent: which of `names` are present, after their visibility changed. Each view derives from it what
 * has changed for its viewer.
 */
export interface PresenceRecheck {
  type: 'recheck';
  names: string[];
  online: string[];
  typing: string[];
}

/** An event about users of whom not everybody may see all. */
export class RestrictedEvent extends LiveEvent {
  readonly audiences: Audiences;

  constructor(data: PresenceEvent | PresenceRecheck, audiences: Audiences) {
    super(data);
    this.audiences = audiences;
  }
}

/** An event that only the audiences may see, if there are any. */
export const restricted = (event: PresenceEvent | PresenceRecheck, audiences: Audiences): LiveEvent =>
  audiences.size === 0 && event.type !== 'recheck'
    ? new LiveEvent(event)
    : new RestrictedEvent(event, audiences);

const noAudiences: Audiences = new Map();

/** Passes on only what the viewer may see. Events about users visible to everybody are passed on unchanged. */
export function presenceView(viewer: string, sink: Sink): Sink {
  /** Users who are present, as far as the viewer must not know. */
  const hidden = new Set<string>();
  /** Users with restricted presence whom the viewer has been shown. */
  const revealed = new Set<string>();

  function hide(name: string): void {
    hidden.add(name);
    revealed.delete(name);
  }

  function viewOf(event: LiveEvent): PresenceEvent | undefined {
    const data = event.data as PresenceEvent | PresenceRecheck; // safe: a view is of presence alone
    const audiences = event instanceof RestrictedEvent ? event.audiences : noAudiences;
    /** Undefined if not checked: the viewer subscribed later, and its own first read covers the event. */
    const maySee = (name: string): boolean | undefined => {
      const audience = audiences.get(name);
      if (!audience) return true;
      return audience.asked.has(viewer) ? audience.allowed.has(viewer) : undefined;
    };
    const show = (name: string) => {
      const isShown = maySee(name);
      if (isShown) {
        hidden.delete(name);
        if (audiences.has(name)) revealed.add(name);
      } else if (isShown === false || data.type === 'state') hide(name);
      return isShown === true;
    };
    switch (data.type) {
      case 'state':
        hidden.clear();
        revealed.clear();
        return { type: 'state', online: data.online.filter(show), typing: data.typing.filter(show) };
      case 'change': {
        const { online = [], offline = [], typing = [], idle = [] } = data;
        // Presence is published again, and rules are read anew for it: these may be ahead of the recheck that is on its way.
        const lost = online.filter((name) => revealed.has(name) && maySee(name) === false);
        // Somebody may have come and gone between two events, and has not been shown then.
        const isKnown = (name: string) => revealed.has(name) || (!hidden.has(name) && maySee(name) !== false);
        const seen = {
          online: online.filter(show),
          typing: typing.filter(show),
          idle: idle.filter(isKnown),
          offline: [...lost, ...offline.filter(isKnown)],
        };
        for (const name of offline) {
          hidden.delete(name);
          revealed.delete(name);
        }
        return changeOf(seen);
      }
      case 'recheck': {
        const change = {
          online: [] as string[],
          offline: [] as string[],
          typing: [] as string[],
          idle: [] as string[],
        };
        for (const name of data.names) {
          const wasHidden = hidden.has(name);
          const isShown = maySee(name);
          const isPresent = data.online.includes(name) || data.typing.includes(name);
          // Also of somebody whom everybody might see until now, and who is still seen.
          if (isShown && isPresent && audiences.has(name)) revealed.add(name);
          if (isShown === undefined || isShown === !wasHidden) continue;
          if (isShown) hidden.delete(name);
          else if (isPresent) hide(name);
          if (data.online.includes(name)) change[isShown ? 'online' : 'offline'].push(name);
          if (data.typing.includes(name)) change[isShown ? 'typing' : 'idle'].push(name);
        }
        return changeOf(change);
      }
    }
  }

  return {
    send(batch) {
      if (
        hidden.size + revealed.size === 0 &&
        !batch.events.some((event) => event instanceof RestrictedEvent)
      )
        return sink.send(batch);
      const seen = batch.events.flatMap((event) => viewOf(event) ?? []);
      return (
        seen.length === 0 ||
        sink.send(
          new Batch(
            seen.map((event) => new LiveEvent(event)),
            undefined,
          ),
        )
      );
    },
    drained: () => sink.drained(),
    drop: () => sink.drop(),
  };
}

function changeOf(parts: Parameters<typeof withoutEmptyParts>[0]): PresenceEvent | undefined {
  const change = withoutEmptyParts(parts);
  return Object.keys(change).length > 1 ? change : undefined;
}
