import { type PresenceChange, withoutEmptyParts } from './presence-events.ts';

/** Typing ends by itself unless it is reported again within this time. */
const typingMs = 6000;
/** Changes are published together, at most this often, so that a room that fills up costs few messages. */
const coalesceMs = 200;
/** Whoever is back within this time has not left: a page was reloaded, or a component mounted twice. */
const lingerMs = 2000;

/** The users of one room in this process, and which of their changes are still to be published. */
export class PresenceRoom {
  /** Subscriptions of each user. None are left of those who linger. */
  readonly #online = new Map<string, number>();
  /** Users who ended their last subscription a moment ago. */
  readonly #lingering = new Map<string, NodeJS.Timeout>();
  readonly #typing = new Map<string, NodeJS.Timeout>();
  /**
   * Users who came, left, started or stopped typing. Their present state is published even if it is what was published
   * last: a subscriber may have started from a state in between.
   */
  readonly #onlineChanged = new Set<string>();
  readonly #typingChanged = new Set<string>();
  readonly #onChange: (change: PresenceChange) => void;
  #timer: NodeJS.Timeout | undefined;

  /** `onChange` is called with the changes of a short time; the room may be empty then. */
  constructor(onChange: (change: PresenceChange) => void) {
    this.#onChange = onChange;
  }

  get isEmpty(): boolean {
    return this.#online.size + this.#typing.size === 0;
  }

  get online(): Iterable<string> {
    return this.#online.keys();
  }

  get typing(): Iterable<string> {
    return this.#typing.keys();
  }

  /** Whether the user is here, or has gone, which is still to be published. */
  shows(username: string): boolean {
    return this.#online.has(username) || this.#onlineChanged.has(username);
  }

  /** Those who have gone, which is still to be published. */
  get leaving(): string[] {
    return [...this.#onlineChanged].filter((name) => !this.#online.has(name));
  }

  countSubscription(username: string, change: 1 | -1): void {
    const isKnown = this.#online.has(username);
    const count = (this.#online.get(username) ?? 0) + change;
    this.#online.set(username, count);
    if (!isKnown) this.#changed(this.#onlineChanged, username);
    clearTimeout(this.#lingering.get(username));
    this.#lingering.delete(username);
    if (count > 0) return;
    this.#stopTyping(username);
    this.#lingering.set(username, setTimeout(() => this.#leave(username), lingerMs).unref());
  }

  #leave(username: string): void {
    this.#lingering.delete(username);
    this.#online.delete(username);
    this.#changed(this.#onlineChanged, username);
  }

  setTyping(username: string, isTyping: boolean): void {
    if (isTyping) this.#startTyping(username);
    else this.#stopTyping(username);
  }

  /** What was published is lost, so all of it is published again. */
  republish(): void {
    for (const username of this.online) this.#changed(this.#onlineChanged, username);
    for (const username of this.typing) this.#changed(this.#typingChanged, username);
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const timer of [...this.#typing.values(), ...this.#lingering.values()]) clearTimeout(timer);
  }

  #startTyping(username: string): void {
    if (!this.#typing.has(username)) this.#changed(this.#typingChanged, username);
    clearTimeout(this.#typing.get(username));
    this.#typing.set(username, setTimeout(() => this.#stopTyping(username), typingMs).unref());
  }

  #stopTyping(username: string): void {
    clearTimeout(this.#typing.get(username));
    if (this.#typing.delete(username)) this.#changed(this.#typingChanged, username);
  }

  #changed(changed: Set<string>, username: string): void {
    changed.add(username);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#onChange(this.#takeChange());
    }, coalesceMs).unref();
  }

  #takeChange(): PresenceChange {
    const [online, offline] = split(this.#onlineChanged, this.#online);
    const [typing, idle] = split(this.#typingChanged, this.#typing);
    this.#onlineChanged.clear();
    this.#typingChanged.clear();
    return withoutEmptyParts({ online, offline, typing, idle });
  }
}

/** The changed users who are present, and those who are not. */
function split(changed: Set<string>, present: Map<string, unknown>): [string[], string[]] {
  const names = [...changed];
  return [names.filter((name) => present.has(name)), names.filter((name) => !present.has(name))];
}
