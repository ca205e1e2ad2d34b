// Copies dist/client into packages/client, which npm packs as @mirage/client.
import { cpSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [from, to] = ['dist/client', 'packages/client/dist'].map((path) =>
  fileURLToPath(new URL(`../${path}`, import.meta.url)),
);
rmSync(to, { recursive: true, force: true });
cpSync(from, to, { recursive: true });
