/** An event for subscribers. A subscriber can resume after an event that has an id. */
export class LiveEvent {
  readonly data: object;
  readonly id: string | undefined;
  /** The position to resume from after this event, if it has one: its id, or a position that it only moves to. */
  readonly position: string | undefined;
  /** What one user receives in its place. */
  readonly own: { username: string; event: LiveEvent } | undefined;
  #json: string | undefined;

  constructor(data: object, id?: string, position = id, own?: { username: string; data: object }) {
    this.data = data;
    this.id = id;
    this.position = position;
    this.own = own && { username: own.username, event: new LiveEvent(own.data, id, position) };
  }

  /** Encoded once, for all subscribers. */
  get json(): string {
    this.#json ??= JSON.stringify(this.data);
    return this.#json;
  }
}

/** How a transport encodes events. There is one object for each encoding, so that batches can cache by it. */
export interface Format {
  /** `lastEventId` is the id of the last event that subscribers received before these. */
  encode(events: readonly LiveEvent[], lastEventId: string | undefined): Buffer;
}

/** Events that are sent together. They are encoded once for each format, and the bytes shared. */
export class Batch {
  readonly events: readonly LiveEvent[];
  /** The position to resume from after these events, if they have one. */
  readonly lastId: string | undefined;
  /** Whether users receive different events. */
  readonly isPersonal: boolean;
  readonly #personal = new Map<string, Batch>();
  readonly #lastEventId: string | undefined;
  readonly #bytes = new Map<Format, Buffer>();
  #lastFormat: Format | undefined;
  #lastBytes!: Buffer; // safe: set along with the format

  constructor(events: readonly LiveEvent[], lastEventId: string | undefined) {
    this.events = events;
    this.lastId = events.findLast(({ position }) => position !== undefined)?.position;
    this.#lastEventId = lastEventId;
    this.isPersonal = events.some(({ own }) => own !== undefined);
  }

  /** The batch as this user is to receive it. */
  for(username: string): Batch {
    if (!this.isPersonal || !this.events.some(({ own }) => own?.username === username)) return this;
    const known = this.#personal.get(username);
    if (known) return known;
    const events = this.events.map((event) => (event.own?.username === username ? event.own.event : event));
    const personal = new Batch(events, this.#lastEventId);
    this.#personal.set(username, personal);
    return personal;
  }

  bytes(format: Format): Buffer {
    // Consecutive subscribers mostly use the same format, so this saves a lookup for each.
    if (format !== this.#lastFormat) {
      this.#lastBytes = this.#bytes.get(format) ?? this.#encode(format);
      this.#lastFormat = format;
    }
    return this.#lastBytes;
  }

  #encode(format: Format): Buffer {
    const bytes = format.encode(this.events, this.#lastEventId);
    this.#bytes.set(format, bytes);
    return bytes;
  }
}
