import type { IncomingMessage, ServerResponse } from 'node:http';
import { TRPCError } from '@trpc/server';
import { parseConnectionParamsFromString } from '@trpc/server/http';
import type { Context } from '../../api/context.ts';
import { addressOf } from '../../core/address.ts';
import { AppError } from '../../core/errors.ts';
import { activeTracer, traceOf } from '../../core/tracing.ts';
import type { Deps } from '../../services/shared/deps.ts';
import { tokenOfRequest } from '../session-token.ts';

/** Throws 'INVALID_TICKET'; a valid ticket is redeemed by this. */
export async function createSseContext(
  deps: Deps,
  query: URLSearchParams,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<Context> {
  const params = query.get('connectionParams');
  const ticket = params === null ? undefined : parseConnectionParamsFromString(params)?.ticket;
  const subject = ticket === undefined ? undefined : await deps.tickets.redeem(ticket);
  if (ticket !== undefined && !subject) throw new AppError('INVALID_TICKET');
  return {
    deps,
    session: subject && 'id' in subject ? subject : undefined,
    token: subject && 'token' in subject ? subject.token : tokenOfRequest(req, deps.config),
    address: addressOf(req, deps.config.trustedProxies),
    connection: res,
    transport: 'sse',
    trace: activeTracer() && traceOf(req.headers),
  };
}

export function hasValidConnectionParams(query: URLSearchParams): boolean {
  const text = query.get('connectionParams');
  if (text === null) return true;
  try {
    parseConnectionParamsFromString(text);
    return true;
  } catch {
    return false;
  }
}

/** The id to resume after is in a header when a browser reconnects by itself, otherwise in the query or in the input. */
export function inputOf(query: URLSearchParams, req: IncomingMessage): unknown {
  const text = query.get('input');
  const input: unknown = text ? parseJson(text) : undefined;
  const lastEventId = req.headers['last-event-id'] ?? query.get('lastEventId') ?? query.get('Last-Event-Id');
  return withLastEventId(input, String(lastEventId ?? ''));
}

export function withLastEventId(input: unknown, lastEventId: string | undefined): unknown {
  if (!lastEventId) return input;
  return typeof input === 'object' && input !== null ? { ...input, lastEventId } : (input ?? { lastEventId });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TRPCError({ code: 'BAD_REQUEST', message: 'the input is not valid JSON', cause });
  }
}
