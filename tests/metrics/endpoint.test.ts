import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';
import { metricsToken, scrape } from '../support/metrics.ts';
import { spawnMirage } from '../support/process.ts';

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

it('answers 404 without METRICS_TOKEN, whatever is sent', async () => {
  const { url, user } = await startMirage();
  const { token } = await user('alice');
  for (const init of [{}, bearer(token), bearer(''), bearer('undefined'), { method: 'POST' }]) {
    const response = await fetch(`${url}/metrics`, init);
    expect([response.status, await response.json()]).toEqual([404, { error: 'not found' }]);
  }
});

it('accepts the token, and nothing else', async () => {
  const { url, user } = await startMirage({ metricsToken });
  const { token } = await user('alice');
  const wrong = [
    {},
    bearer(token),
    bearer(''),
    bearer(metricsToken.slice(0, -1)),
    bearer(`${metricsToken}x`),
    bearer(metricsToken.toUpperCase()),
    { headers: { authorization: `Basic ${metricsToken}` } },
    { headers: { cookie: `mirage_session=${metricsToken}` } },
  ];
  for (const init of wrong) {
    const response = await fetch(`${url}/metrics?token=${encodeURIComponent(metricsToken)}`, init);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await response.text()).not.toContain('mirage_');
  }

  const response = await fetch(`${url}/metrics`, bearer(metricsToken));
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('access-control-allow-origin')).toBeNull();
  const text = await response.text();
  expect(text).toContain('mirage_build_info{');
  expect(text).not.toContain('alice');
});

it('answers HEAD, and no method that changes something', async () => {
  const { url } = await startMirage({ metricsToken });
  const head = await fetch(`${url}/metrics`, { method: 'HEAD', ...bearer(metricsToken) });
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect(Number(head.headers.get('content-length'))).toBeGreaterThan(1000);
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    expect((await fetch(`${url}/metrics`, { method })).status, method).toBe(401);
    const response = await fetch(`${url}/metrics`, { method, ...bearer(metricsToken) });
    expect([response.status, response.headers.get('allow')], method).toEqual([405, 'GET, HEAD']);
  }
});

it('does not accept its token anywhere else', async () => {
  const { url } = await startMirage({ metricsToken });
  expect((await fetch(`${url}/trpc/auth.me`, bearer(metricsToken))).status).toBe(401);
  expect((await fetch(`${url}/api/inbox`, bearer(metricsToken))).status).toBe(401);
});

it('keeps servers in one process apart', async () => {
  const [one, other] = [await startMirage({ metricsToken }), await startMirage({ metricsToken })];
  for (let n = 0; n < 3; n += 1) await (await fetch(`${one.url}/api/ping`)).text();
  const ping = { surface: 'api', route: '/api/ping', status: '200' };
  expect((await scrape(one.url)).sum('mirage_http_requests_total', ping)).toBe(3);
  expect((await scrape(other.url)).sum('mirage_http_requests_total', ping)).toBe(0);
});

it('logs no scrape, and does not keep the process alive', async () => {
  const secret = 'sesame-sesame-sesame';
  const mirage = await spawnMirage({ METRICS_TOKEN: secret, LOG_LEVEL: 'trace' });
  const response = await fetch(`${await mirage.url()}/metrics?${secret}`, bearer(secret));
  expect(await response.text()).toContain('nodejs_eventloop_lag_p99_seconds');
  mirage.kill('SIGTERM');
  expect(await mirage.ended()).toEqual({ code: 0, stderr: '' });
  expect(mirage.lines.join('\n')).toContain('"path":"/metrics"');
  expect(mirage.lines.join('\n')).not.toContain(secret);
});
