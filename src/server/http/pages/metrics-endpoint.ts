import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { tokenOf } from '../../api/context.ts';
import type { Deps } from '../../services/shared/deps.ts';
import { sendJson } from '../reply.ts';

/** Serves metrics to callers with `METRICS_TOKEN`. Without that setting the path is a 404. */
export function createMetricsEndpoint({ config, metrics }: Pick<Deps, 'config' | 'metrics'>): RequestHandler {
  const { metricsToken } = config;
  const { expose } = metrics;
  if (metricsToken === undefined || !expose) return (_req, _res, next) => next();
  const isAllowed = comparedWith(metricsToken);

  return async (req, res) => {
    res.setHeader('Cache-Control', 'no-store');
    if (!isAllowed(req)) return sendJson(res, 401, { error: 'unauthorized' });
    if (req.method !== 'GET' && req.method !== 'HEAD')
      return void res.status(405).setHeader('Allow', 'GET, HEAD').json({ error: 'method not allowed' });
    const { contentType, text } = await expose();
    res.setHeader('Content-Type', contentType).send(text);
  };
}

/** Constant-time comparison; hashing also hides the length of the token. */
function comparedWith(token: string): (req: IncomingMessage) => boolean {
  const hashOf = (text: string) => createHash('sha256').update(text).digest();
  const expected = hashOf(token);
  return ({ headers }) => timingSafeEqual(hashOf(tokenOf(headers.authorization) ?? ''), expected);
}
