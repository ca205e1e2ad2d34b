import type { IncomingMessage } from 'node:http';
import { getErrorShape, getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { parseConnectionParamsFromUnknown } from '@trpc/server/http';
import { parseTRPCMessage, type TRPCClientOutgoingMessage } from '@trpc/server/rpc';
import type { Context } from '../../api/context.ts';
import type { DirectRouter } from '../../api/direct/direct-router.ts';
import { isObject, type ProcedureType } from '../../api/direct/internals.ts';
import { Subscription } from '../../infra/live/subscription.ts';
import type { AttachingSocket } from './attaching-socket.ts';
import type { AnsweredRequest } from './frames.ts';
import { decodeFrame } from './ws-messages.ts';

type Message = TRPCClientOutgoingMessage;
type Request = Extract<Message, { params: unknown }>;

/** What the calls of all connections have in common. */
export interface WsCallOptions {
  router: DirectRouter;
  /** Frames of more calls are refused. */
  maxCallsInFrame: number;
  /** `params` are those of the connection, if the client sends any. */
  createContext(client: AttachingSocket, request: IncomingMessage, params: ConnectionParams): Context;
  onError(error: TRPCError, path: string | undefined, type: ProcedureType | 'unknown'): void;
}

export type ConnectionParams = ReturnType<typeof parseConnectionParamsFromUnknown>;

/** What the client has asked for; without a subscription, as long as it is being opened. */
interface Subscribed {
  isStopped: boolean;
  subscription?: Subscription;
}

/**
 * The calls over one WebSocket, answered as tRPC's adapter answers them, which tests/live/parity-ws.test.ts compares. For each
 * connection and subscription the adapter holds some fifty closures, twenty promises and the request, most of its memory.
 */
export class WsCalls {
  readonly #client: AttachingSocket;
  readonly #options: WsCallOptions;
  /** Until the context has been made. */
  #request: IncomingMessage | undefined;
  #context: Context | undefined;
  /** Why there is no context. */
  #failure: TRPCError | undefined;
  #subscriptions: Map<number | string, Subscribed> | undefined;

  constructor(client: AttachingSocket, request: IncomingMessage, options: WsCallOptions) {
    this.#client = client;
    this.#request = request;
    this.#options = options;
    if (!hasConnectionParams(request)) this.#open(() => null);
  }

  read(data: Buffer, isBinary: boolean): void {
    const text = isBinary ? data : data.toString();
    if (text === 'PONG') return;
    if (text === 'PING') this.#client.send('PONG');
    else if (this.#request) this.#open(() => connectionParamsIn(text));
    else for (const [index, message] of this.#messagesIn(text).entries()) this.#handle(message, index);
  }

  /** To be called when the connection is closed. */
  end(): void {
    for (const id of this.#subscriptions?.keys() ?? []) this.#stop(id);
  }

  #open(getParams: () => ConnectionParams): void {
    const request = this.#request as IncomingMessage; // safe: it is opened once
    this.#request = undefined;
    try {
      this.#context = this.#options.createContext(this.#client, request, getParams());
    } catch (cause) {
      this.#failure = getTRPCErrorFromUnknown(cause);
      this.#refuse({ id: null }, this.#failure);
      setImmediate(() => this.#client.close());
    }
  }

  #messagesIn(text: string | Buffer): Message[] {
    const { router, maxCallsInFrame } = this.#options;
    try {
      const decoded = decodeFrame(text);
      if (!Array.isArray(decoded)) return [parseTRPCMessage(decoded, router.config.transformer)];
      if (decoded.length <= maxCallsInFrame)
        return decoded.map((message) => parseTRPCMessage(message, router.config.transformer));
      this.#refuseFrame(decoded);
    } catch (cause) {
      this.#send({ id: null }, { error: this.#shapeOf(new TRPCError({ code: 'PARSE_ERROR', cause })) });
    }
    return [];
  }

  /** Each call of the frame, or else the frame. */
  #refuseFrame(messages: unknown[]): void {
    const error = new TRPCError({ code: 'BAD_REQUEST', message: 'Batch call exceeds maximum size' });
    this.#options.onError(error, undefined, 'unknown');
    const calls = messages.flatMap(answerable);
    for (const request of calls.length > 0 ? calls : [{ id: null }])
      this.#send(request, { error: this.#shapeOf(error) });
  }

  #handle(message: Message, batchIndex: number): void {
    const { id, jsonrpc } = message;
    if (id === null)
      this.#refuse({ id, jsonrpc }, new TRPCError({ code: 'PARSE_ERROR', message: '`id` is required' }));
    else if (message.method === 'subscription.stop') this.#stop(id);
    else void this.#answer({ id, jsonrpc }, message, batchIndex);
  }

  async #answer(
    request: AnsweredRequest,
    { method: type, params }: Request,
    batchIndex: number,
  ): Promise<void> {
    const { path } = params;
    const input = withLastEventId(params);
    const place = { path, type, input };
    const { id } = request;
    let isRegistered = false;
    try {
      if (type === 'subscription') {
        this.#register(id);
        isRegistered = true;
        await undefined; // the same frame may stop it
        if (this.#isOver(id)) return this.#release(request);
      }
      const data = await this.#call(place, batchIndex);
      if (!isRegistered) this.#send(request, { result: { type: 'data', data } });
      else this.#attach(request, place, data);
    } catch (cause) {
      this.#refuse(request, getTRPCErrorFromUnknown(cause), place);
      if (isRegistered) this.#subscriptions?.delete(id);
    }
  }

  #call({ path, type, input }: Place, batchIndex: number): Promise<unknown> {
    if (this.#failure) throw this.#failure;
    const procedure = this.#options.router.require(path, type);
    const ctx = this.#context as Context; // safe: otherwise there is a failure
    return procedure.call({ path, ctx, getInput: () => input, signal: undefined, batchIndex });
  }

  #register(id: number | string): void {
    this.#subscriptions ??= new Map();
    if (this.#subscriptions.has(id))
      throw new TRPCError({ code: 'BAD_REQUEST', message: `Duplicate id ${id}` });
    this.#subscriptions.set(id, { isStopped: false });
  }

  #isOver(id: number | string): boolean {
    return !this.#client.isOpen || this.#subscriptions?.get(id)?.isStopped === true;
  }

  /** From now on events go from its topic to the socket; what is left to do here is its end. */
  #attach(request: AnsweredRequest, place: Place, data: unknown): void {
    if (!(data instanceof Subscription))
      throw new Error(`${place.path} is not a subscription of a connection`);
    const subscribed = this.#subscriptions?.get(request.id);
    if (!subscribed || this.#isOver(request.id)) {
      data.leave();
      this.#release(request);
      return;
    }
    subscribed.subscription = data;
    this.#send(request, { result: { type: 'started' } });
    this.#client.attach(data, request);
    data.untilEnd().then(
      () => this.#release(request),
      (error: unknown) => {
        this.#refuse(request, getTRPCErrorFromUnknown(error), place);
        this.#release(request);
      },
    );
  }

  #stop(id: number | string): void {
    const subscribed = this.#subscriptions?.get(id);
    if (!subscribed) return;
    subscribed.isStopped = true;
    subscribed.subscription?.leave();
  }

  #release(request: AnsweredRequest): void {
    this.#subscriptions?.delete(request.id);
    this.#send(request, { result: { type: 'stopped' } });
  }

  #refuse(request: Answered, error: TRPCError, place?: Place): void {
    this.#options.onError(error, place?.path, place?.type ?? 'unknown');
    this.#send(request, { error: this.#shapeOf(error, place) });
  }

  #shapeOf(error: TRPCError, { path, type, input }: Partial<Place> = {}) {
    return getErrorShape({
      config: this.#options.router.config,
      ctx: this.#context,
      error,
      path,
      type: type ?? 'unknown',
      input,
    });
  }

  /** Nothing is sent any more once the connection is being closed. */
  #send({ id, jsonrpc }: Answered, answer: object): void {
    if (this.#client.isOpen) this.#client.send(JSON.stringify({ id, jsonrpc, ...answer }));
  }
}

/** A request, or the connection, which has no id. */
type Answered = Omit<AnsweredRequest, 'id'> & { id: AnsweredRequest['id'] | null };

interface Place {
  path: string;
  type: ProcedureType;
  input: unknown;
}

const hasConnectionParams = ({ url = '' }: IncomingMessage) =>
  new URLSearchParams(url.split('?', 2)[1]).get('connectionParams') === '1';

/** Throws 'PARSE_ERROR'. */
function connectionParamsIn(text: string | Buffer): ConnectionParams {
  let message: unknown;
  try {
    message = decodeFrame(text);
    if (!isObject(message)) throw new Error('Message was not an object');
  } catch (cause) {
    throw new TRPCError({ code: 'PARSE_ERROR', message: 'Malformed TRPCConnectionParamsMessage', cause });
  }
  return parseConnectionParamsFromUnknown((message as { data?: unknown }).data);
}

function answerable(message: unknown): AnsweredRequest[] {
  const { id, jsonrpc, method } = (isObject(message) ? message : {}) as Record<string, unknown>; // safe: read as it may be
  const isCall = method !== 'subscription.stop' && (typeof id === 'number' || typeof id === 'string');
  return isCall ? [{ id, jsonrpc: jsonrpc === '2.0' ? jsonrpc : undefined }] : [];
}

function withLastEventId({ input, lastEventId }: Request['params']): unknown {
  if (lastEventId === undefined) return input;
  return isObject(input) ? { ...input, lastEventId } : (input ?? { lastEventId });
}
