import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { withMirage } from './support/mirage.ts';

const mirage = withMirage();

/** Refuses what the live connection asks for, like a server that does not take the page for one of its own. */
async function startRefusingProxy(target: string) {
  const calls: string[] = [];
  const server = createServer((req, res) => {
    calls.push(req.url ?? '');
    const upstream = request(
      `${target}${req.url}`,
      { method: req.method, headers: req.headers },
      (answer) => {
        res.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(res);
      },
    );
    req.pipe(upstream);
  });
  server.on('upgrade', (req, socket, head) => {
    calls.push('websocket');
    const { cookie: _cookie, ...headers } = req.headers;
    const upstream = request(`${target}${req.url}`, { headers });
    upstream.on('upgrade', (answer, peer) => {
      const lines = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}`);
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`);
      peer.pipe(socket).pipe(peer);
      peer.on('error', () => socket.destroy());
      socket.on('error', () => peer.destroy());
    });
    upstream.on('error', () => socket.destroy());
    upstream.end(head);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls }; // safe: it listens on a port
}

it('stops with an explanation when the live connection of a valid session is refused', async () => {
  const ada = await mirage.user('ada');
  const proxy = await startRefusingProxy(mirage.url);
  const { page } = await ada.open('', { at: proxy.url });
  await page.getByText('Live updates are refused').waitFor();
  await page.getByText('the setting PUBLIC_URL').waitFor();
  // Two sessions ask at their start, and when they are refused.
  expect(proxy.calls.filter((call) => call.includes('auth.me')).length).toBeLessThanOrEqual(4);

  // It stays like this, however long one waits.
  await page.waitForLoadState('networkidle');
  await page.clock.install();
  const before = proxy.calls.length;
  await page.clock.fastForward('10:00');
  expect(proxy.calls.slice(before)).toEqual([]);
  expect(await page.getByText('Live updates are refused').isVisible()).toBe(true);

  // Nobody is logged out by it, and trying again is up to the user.
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect.poll(() => proxy.calls.length).toBeGreaterThan(before);
});
