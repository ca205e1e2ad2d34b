import { addTo, removeFrom } from '../../core/map-of-sets.ts';

/** A subscription to the presence of certain users. */
export interface Watcher {
  /** Its own, as each subscription asks about others. */
  topic: string;
  viewer: string;
  names: readonly string[];
}

/** Who in this process watches whom, so that a change concerns only those who asked about it. */
export class Watchers {
  readonly #byTopic = new Map<string, Watcher>();
  readonly #byName = new Map<string, Set<Watcher>>();
  readonly #byViewer = new Map<string, Set<Watcher>>();

  get topics(): Iterable<string> {
    return this.#byTopic.keys();
  }

  add(watcher: Watcher): void {
    this.#byTopic.set(watcher.topic, watcher);
    addTo(this.#byViewer, watcher.viewer, watcher);
    for (const name of watcher.names) addTo(this.#byName, name, watcher);
  }

  remove(topic: string): void {
    const watcher = this.#byTopic.get(topic);
    if (!watcher) return;
    this.#byTopic.delete(topic);
    removeFrom(this.#byViewer, watcher.viewer, watcher);
    for (const name of watcher.names) removeFrom(this.#byName, name, watcher);
  }

  /** Those who watch this user. */
  of(name: string): Watcher[] {
    return [...(this.#byName.get(name) ?? [])];
  }

  /** What this user watches. */
  by(viewer: string): Watcher[] {
    return [...(this.#byViewer.get(viewer) ?? [])];
  }
}
