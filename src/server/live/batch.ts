/** An event on its way to subscribers. With an id, a subscriber can resume after it. */
export class LiveEvent {
  readonly data: object;
  readonly id: string | undefined;
  #json: string | undefined;

  constructor(data: object, id?: string) {
    this.data = data;
    this.id = id;
  }

  /** Encoded once, however many subscribers there are. */
  get json(): string {
    this.#json ??= JSON.stringify(this.data);
    return this.#json;
  }
}

/** How a kind of connection writes events. Those with the same key write the same bytes. */
export interface Format {
  key: string;
  /** `heldId` is the id of the last event that subscribers hold from before. */
  encode(events: readonly LiveEvent[], heldId: string | undefined): Buffer;
}

/** Events that go out together. For each format the bytes are made once and then shared. */
export class Batch {
  readonly events: readonly LiveEvent[];
  /** The id of the last event that has one. */
  readonly lastId: string | undefined;
  readonly #heldId: string | undefined;
  readonly #bytes = new Map<string, Buffer>();

  constructor(events: readonly LiveEvent[], heldId: string | undefined) {
    this.events = events;
    this.lastId = events.findLast(({ id }) => id !== undefined)?.id;
    this.#heldId = heldId;
  }

  bytes(format: Format): Buffer {
    let bytes = this.#bytes.get(format.key);
    if (!bytes) {
      bytes = format.encode(this.events, this.#heldId);
      this.#bytes.set(format.key, bytes);
    }
    return bytes;
  }
}
