import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { spawnMirage } from '../support/process.ts';

/** More than the 511 that Node asks for by default. */
const waiting = 1000;

/** How many connections the system lets any server leave waiting. */
function systemLimit(): number {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  } catch {
    return 0; // not Linux
  }
}

it.skipIf(systemLimit() < waiting)('lets a thousand connections wait for a server that is busy', async () => {
  const mirage = await spawnMirage();
  const { hostname, port } = new URL(await mirage.url());
  mirage.kill('SIGSTOP'); // the system alone takes connections now
  const sockets = Array.from({ length: waiting }, () => connect(Number(port), hostname));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));

  mirage.kill('SIGCONT');
  const answers = sockets.map(async (socket) => {
    socket.write('GET /healthz HTTP/1.1\r\nHost: mirage\r\n\r\n');
    return String(await once(socket, 'data')).split('\r\n', 1)[0];
  });
  expect(new Set(await Promise.all(answers))).toEqual(new Set(['HTTP/1.1 200 OK']));
});
