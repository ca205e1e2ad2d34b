import { once } from 'node:events';
import { createApplication } from './application.ts';
import { createUsers } from './users.ts';

const users = createUsers();
for (const [username, description] of [
  ['ada', 'writes the first programs'],
  ['grace', 'finds the first bugs'],
  ['linus', 'reviews them'],
] as const)
  users.add({ username, description }, 'demo');

const { server, close } = await createApplication(users, {
  databaseUrl: process.env.DATABASE_URL ?? 'file:./data/chat.db',
});
// After a restart all clients reconnect at once, of whom Node lets 511 wait unless told otherwise.
server.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1', backlog: 65_535 });
await once(server, 'listening');
const address = server.address();
const port = typeof address === 'object' ? address?.port : address;
console.error(
  `Open http://127.0.0.1:${port} in two browsers: ada, grace and linus have the password "demo".`,
);

await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
await close();
