import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { type Deps, tokenOf } from '../context.ts';

/** Shows the metrics to whoever brings `METRICS_TOKEN`. Without that setting there is nothing here. */
export function createMetricsEndpoint({ config, metrics }: Pick<Deps, 'config' | 'metrics'>): RequestHandler {
  const { metricsToken } = config;
  const { expose } = metrics;
  if (metricsToken === undefined || !expose) return (_req, _res, next) => next();
  const isAllowed = comparedWith(metricsToken);

  return async (req, res) => {
    res.setHeader('Cache-Control', 'no-store');
    if (!isAllowed(req))
      return void res.status(401).setHeader('WWW-Authenticate', 'Bearer').json({ error: 'unauthorized' });
    if (req.method !== 'GET' && req.method !== 'HEAD')
      return void res.status(405).setHeader('Allow', 'GET, HEAD').json({ error: 'method not allowed' });
    const { contentType, text } = await expose();
    res.setHeader('Content-Type', contentType).send(text);
  };
}

/** The time it takes tells nothing of how much of a guess is right, nor how long the token is. */
function comparedWith(token: string): (req: IncomingMessage) => boolean {
  const hashOf = (text: string) => createHash('sha256').update(text).digest();
  const expected = hashOf(token);
  return ({ headers }) => timingSafeEqual(hashOf(tokenOf(headers.authorization) ?? ''), expected);
}
