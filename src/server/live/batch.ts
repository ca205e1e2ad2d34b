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

/** How a kind of connection writes events. There is one object for each way of writing them. */
export interface Format {
  /** `heldId` is the id of the last event that subscribers hold from before. */
  encode(events: readonly LiveEvent[], heldId: string | undefined): Buffer;
}

/** Events that go out together. For each format the bytes are made once and then shared. */
export class Batch {
  readonly events: readonly LiveEvent[];
  /** The id of the last event that has one. */
  readonly lastId: string | undefined;
  readonly #heldId: string | undefined;
  readonly #bytes = new Map<Format, Buffer>();
  #lastFormat: Format | undefined;
  #lastBytes!: Buffer; // safe: set along with the format

  constructor(events: readonly LiveEvent[], heldId: string | undefined) {
    this.events = events;
    this.lastId = events.findLast(({ id }) => id !== undefined)?.id;
    this.#heldId = heldId;
  }

  bytes(format: Format): Buffer {
    // Most subscribers of a room want what the one before them wanted.
    if (format !== this.#lastFormat) {
      this.#lastBytes = this.#bytes.get(format) ?? this.#encode(format);
      this.#lastFormat = format;
    }
    return this.#lastBytes;
  }

  #encode(format: Format): Buffer {
    const bytes = format.encode(this.events, this.#heldId);
    this.#bytes.set(format, bytes);
    return bytes;
  }
}
