import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';
import { blockUnder } from '../../docs/markdown.ts';
import { temporaryFolder } from '../../support/harness.ts';

export const proxies = ['nginx', 'apache', 'haproxy'] as const;
export type ProxyName = (typeof proxies)[number];

/** The configurations of docs/proxies.md. */
export type Recipe = 'recommended' | 'defaults' | 'under a path';

interface Options {
  /** Where Mirage listens. */
  upstream: string;
  recipe?: Recipe;
  /** Whether the proxy terminates TLS, with a self-signed certificate for `localhost`. Default: plain HTTP. */
  tls?: boolean;
  /** Where the proxy listens. Default: a free port. Choose one with {@link freePort} where Mirage must know it first. */
  port?: number;
  /** Replaces parts of the recipe, for tests of what such a change breaks. */
  edit?: (recipe: string) => string;
}

/** A running proxy with a configuration from docs/proxies.md. It is stopped when the test has finished. */
export async function startReverseProxy(name: ProxyName, options: Options): Promise<{ url: string }> {
  const { upstream, recipe = 'recommended', tls = false, port = await freePort(), edit } = options;
  const folder = await temporaryFolder();
  await chmod(folder, 0o755); // for workers that run as another user
  if (tls) await createCertificate(folder);
  const { title, fill, frame, command } = kinds[name];
  const text = fill(blockUnder('docs/proxies.md', `${title}: ${recipe}`, name), port, tls)
    .replaceAll('127.0.0.1:5000', new URL(upstream).host)
    .replaceAll('/etc/ssl/chat.example', join(folder, 'chat.example'));
  const file = join(folder, 'proxy.conf');
  await writeFile(file, frame(edit ? edit(text) : text, folder, port));
  await run(command(file, folder), port);
  return { url: `${tls ? 'https' : 'http'}://localhost:${port}` };
}

/** A port of loopback that is free at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // safe: it listens on a port
  server.close();
  await once(server, 'close');
  return port;
}

interface Kind {
  /** Its name in headings. */
  title: string;
  /** Puts the port, and TLS or none, into a recipe. */
  fill(recipe: string, port: number, tls: boolean): string;
  /** A whole configuration file around a recipe. */
  frame(recipe: string, folder: string, port: number): string;
  command(file: string, folder: string): [program: string, ...args: string[]];
}

const isRoot = process.getuid?.() === 0;
const withoutLines = (text: string, pattern: RegExp) =>
  text
    .split('\n')
    .filter((line) => !pattern.test(line))
    .join('\n');

const apacheModules = ['authz_core', 'headers', 'mpm_event', 'proxy', 'proxy_http', 'ssl'];

const kinds: Record<ProxyName, Kind> = {
  nginx: {
    title: 'nginx',
    fill: (recipe, port, tls) =>
      tls
        ? recipe.replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
        : withoutLines(recipe, /ssl_/).replace('listen 443 ssl', `listen 127.0.0.1:${port}`),
    frame: (recipe, folder) => `
      ${isRoot ? 'user root;' : ''}
      daemon off;
      pid ${folder}/nginx.pid;
      error_log stderr warn;
      events {}
      http {
        access_log off;
        ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((use) => `${use}_temp_path ${folder}/${use};`).join(' ')}
        ${recipe}
      }`,
    command: (file, folder) => ['nginx', '-e', 'stderr', '-p', folder, '-c', file],
  },
  apache: {
    title: 'Apache',
    fill: (recipe, port, tls) =>
      (tls ? recipe : withoutLines(recipe, /SSL/)).replace('*:443', `127.0.0.1:${port}`),
    frame: (recipe, folder, port) => `
      ServerRoot "${folder}"
      ServerName localhost
      PidFile "${folder}/apache.pid"
      DefaultRuntimeDir "${folder}"
      Mutex file:${folder}
      ErrorLog "${folder}/error.log"
      LogLevel warn
      # One process with one pool of connections, so that tests can count them.
      StartServers 1
      ServerLimit 1
      ThreadLimit 64
      ThreadsPerChild 64
      MaxRequestWorkers 64
      # Chromium gives up if all its idle connections are closed while it is about to use them.
      KeepAliveTimeout 60
      ${isRoot ? 'User nobody\nGroup nogroup' : ''}
      ${apacheModules.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
      Listen 127.0.0.1:${port}
      ${recipe}`,
    command: (file) => ['apache2', '-DFOREGROUND', '-f', file],
  },
  haproxy: {
    title: 'HAProxy',
    fill: (recipe, port, tls) =>
      tls
        ? recipe.replace('bind :443', `bind 127.0.0.1:${port}`)
        : recipe.replace(/bind :443 .*/, `bind 127.0.0.1:${port}`),
    frame: (recipe) => `global\n    maxconn 1000\n    nbthread 1\n\n${recipe}\n`,
    command: (file) => ['haproxy', '-db', '-q', '-f', file],
  },
};

/** Resolves once the program accepts connections; it is ended when the test has finished. */
async function run([program, ...args]: [string, ...string[]], port: number): Promise<void> {
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    // Debian keeps these programs out of the path of users.
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-10_000);
  });
  const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error));
  const exited = once(child, 'exit').then(() => Promise.reject(new Error(`${program} has exited: ${log}`)));
  failed.catch(() => {});
  exited.catch(() => {});
  onTestFinished(async () => {
    if (child.exitCode !== null || child.pid === undefined) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  });
  await Promise.race([failed, exited, accepting(port)]);
}

async function accepting(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await setTimeout(20);
  }
}

async function createCertificate(folder: string): Promise<void> {
  const [certificate, key] = [join(folder, 'chat.example.pem'), join(folder, 'chat.example.key')];
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,DNS:chat.example'],
    ...['-out', certificate, '-keyout', key],
  ]);
  // HAProxy reads both from one file, and the others find what they need in it.
  await writeFile(certificate, (await readFile(certificate, 'utf8')) + (await readFile(key, 'utf8')));
}
