import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { openDb } from '../../src/server/infra/db/open-db.ts';
import { spawnMirage } from '../support/process.ts';

const failureOf = (url: string) => openDb(url).catch((error: unknown) => error);

it.each([
  ['connect_timeout=3', /^DATABASE_URL has an unknown parameter connect_timeout; known: schema, [\w, ]+$/],
  ['schema=public&statement_cache_size=0', /unknown parameter statement_cache_size/],
  ['constructor=1', /unknown parameter constructor/],
  ['connection_limit=1', /^connection_limit in DATABASE_URL must be a number of connections from 2 to 1000$/],
  ['connection_limit=many', /^connection_limit /],
  ['schema=a"b', /^schema in DATABASE_URL must be letters, digits, _ and -$/],
  ['pgbouncer=yes', /^pgbouncer in DATABASE_URL must be true or false$/],
  ['sslmode=prefer', /^sslmode in DATABASE_URL must be disable or require or [\w -]+$/],
])('refuses a database at ?%s in one line, before it connects', async (query, message) => {
  const error = await failureOf(`postgresql://mirage:s3cret@127.0.0.1:1/mirage?${query}`);
  expect(error).toMatchObject({ name: 'DatabaseError', message: expect.stringMatching(message) });
  expect(String(error)).not.toContain('s3cret');
});

it('ends the start with that line', async () => {
  const mirage = await spawnMirage({ DATABASE_URL: 'postgresql://127.0.0.1:1/mirage?sslmode=allow' });
  expect(await mirage.ended()).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^mirage: sslmode in DATABASE_URL must be [^\n]*\n$/),
  });
});

it.each(['require', 'no-verify', 'verify-full'])(
  'sends nothing to a server without TLS with sslmode=%s',
  async (mode) => {
    const received: string[] = [];
    const server = createServer((socket) =>
      socket
        .on('error', () => {})
        .on('data', (data) => {
          received.push(data.toString('hex'));
          socket.write('N'); // no TLS here
        }),
    );
    onTestFinished(() => void server.close());
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo; // safe: it listens on a port
    const error = await failureOf(`postgresql://mirage:s3cret@127.0.0.1:${port}/mirage?sslmode=${mode}`);
    expect(error).toMatchObject({ message: expect.stringContaining('does not support SSL') });
    expect(received).toEqual(['0000000804d2162f']); // the request for TLS alone
  },
);
