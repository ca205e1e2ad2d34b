import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../src/server/core/config.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (file: string) => readFileSync(root + file, 'utf8');

interface Service {
  image?: string;
  build?: string;
  environment?: Record<string, string>;
  depends_on?: string[] | Record<string, { condition: string }>;
  volumes?: string[];
  healthcheck?: { test: string[] };
  stop_grace_period?: string;
  ports?: string[];
}

interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

// safe: a wrong shape fails below
const readCompose = (file: string) => parse(read(file), { merge: true }) as Compose;
const { version } = JSON.parse(read('package.json')) as { version: string }; // safe: our own file

/** A shutdown takes up to 10 seconds, and then waits for the disk: docs/operations.md. */
const graceSeconds = 30;

describe('compose.yaml', () => {
  const { services, volumes } = readCompose('compose.yaml');
  const all = Object.entries(services);
  const servers = all.filter(([, { build }]) => build !== undefined);

  it('has two servers, a proxy, Postgres and Redis', () => {
    expect(Object.keys(services)).toEqual(['mirage-1', 'mirage-2', 'proxy', 'postgres', 'redis']);
    expect(servers.map(([name]) => name)).toEqual(['mirage-1', 'mirage-2']);
  });

  it('configures the servers with known settings that name the other services', () => {
    const known = read('.env.example').match(/^[A-Z_]+(?==)/gm) ?? [];
    for (const [name, { environment = {} }] of servers) {
      for (const setting of Object.keys(environment)) expect(known, name).toContain(setting);
      const filled = Object.fromEntries(
        Object.entries(environment).map(([key, value]) => [
          key,
          value.replace(/\$\{[^}]*\}/g, 'secret-of-16-or-more'),
        ]),
      );
      const { databaseUrl, redis, trustedProxies } = loadConfig(filled);
      expect(Object.keys(services)).toContain(new URL(databaseUrl).hostname);
      expect(Object.keys(services)).toContain(new URL(redis?.url ?? 'none://').hostname);
      expect(trustedProxies).toBe(1);
    }
  });

  it('starts services after healthy dependencies', () => {
    for (const [name, { depends_on: needed = {} }] of all)
      for (const other of Array.isArray(needed) ? needed : Object.keys(needed)) {
        expect(services, name).toHaveProperty(other);
        if (!Array.isArray(needed) && needed[other]?.condition === 'service_healthy')
          expect(services[other]?.healthcheck?.test.length, other).toBeGreaterThan(0);
      }
  });

  it('mounts existing files and volumes, and pins image versions', () => {
    for (const [name, { volumes: mounts = [], image }] of all) {
      expect(image, name).toMatch(/^[a-z]+:\d+/);
      for (const mount of mounts) {
        const [from = ''] = mount.split(':');
        if (from.startsWith('./')) expect(existsSync(root + from), mount).toBe(true);
        else expect(volumes, mount).toHaveProperty(from);
      }
    }
  });

  it('names the image of this version, and gives the servers time to shut down', () => {
    for (const [name, { image, stop_grace_period: grace }] of servers)
      expect([name, image, grace]).toEqual([name, `mirage:${version}`, `${graceSeconds}s`]);
  });

  it('lists both servers in the proxy, which notices at once who has left', () => {
    const caddyfile = read('deploy/Caddyfile');
    expect(caddyfile.match(/[\w-]+:5000/g)).toEqual(servers.map(([name]) => `${name}:5000`));
    expect(caddyfile).not.toContain('flush_interval');
  });
});

describe('deploy/compose.single.yaml', () => {
  const { services, volumes } = readCompose('deploy/compose.single.yaml');
  const { image, build, environment = {}, ...server } = services.mirage ?? {};

  it('is one server, built from here, whose data outlives it', () => {
    expect(Object.keys(services)).toEqual(['mirage']);
    expect(image).toBe(`mirage:${version}`);
    expect(existsSync(`${root}deploy/${build}/Dockerfile`)).toBe(true);
    expect(server.stop_grace_period).toBe(`${graceSeconds}s`);
    expect(server.ports).toEqual(['127.0.0.1:5000:5000']);
    expect(server.volumes).toEqual(['data:/app/data']);
    expect(volumes).toHaveProperty('data');
    expect(read('Dockerfile')).toContain('VOLUME /app/data');
  });

  it.each([
    ['without variables', {}, { trustedProxies: 0, publicUrl: undefined }],
    ['with them', { TRUST_PROXY: '1', PUBLIC_URL: 'https://chat.example' }, { trustedProxies: 1 }],
  ])('has settings that are valid %s', (_case, variables: Record<string, string>, expected) => {
    const filled = Object.entries(environment).map(([key, value]) => [
      key,
      value.replace(/\$\{(\w+):-([^}]*)\}/g, (_whole, name, otherwise) => variables[name] ?? otherwise),
    ]);
    expect(loadConfig(Object.fromEntries(filled))).toMatchObject(expected);
  });
});

describe('deploy/mirage.service', () => {
  const unit = read('deploy/mirage.service');
  const setting = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(unit)?.[1];

  it('starts the command that the package installs, and gives it time to shut down', () => {
    const [file, ...args] = setting('ExecStart')?.split(' ') ?? [];
    expect(file).toBe('/opt/mirage/node_modules/.bin/mirage');
    expect(args).toEqual(['serve']);
    expect(read('docs/operations.md')).toContain('npm install --prefix /opt/mirage mirage-');
    expect(setting('TimeoutStopSec')).toBe(String(graceSeconds));
    expect(setting('WorkingDirectory')).toBe(`/var/lib/${setting('StateDirectory')}`);
  });

  const analyze = '/usr/bin/systemd-analyze';
  it.skipIf(!existsSync(analyze))('is valid to systemd, which knows every setting in it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mirage-unit-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    // What it starts has to exist there.
    const text = unit.replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`);
    await writeFile(join(folder, 'mirage.service'), text);
    const run = promisify(execFile)(analyze, ['verify', join(folder, 'mirage.service')]);
    expect((await run).stderr).toBe('');
  });
});

describe('docs/operations.md', () => {
  it('shows commands for the image of this version', () => {
    const docs = read('docs/operations.md');
    expect(docs).toContain(`docker build --tag mirage:${version} .`);
    const [run = ''] = /docker run(?:[^\n]*\\\n)*[^\n]*/.exec(docs) ?? [];
    expect(run).toContain(`--stop-timeout ${graceSeconds}`);
    expect(run).toContain('--volume mirage:/app/data');
    expect(run.trim().endsWith(`mirage:${version}`)).toBe(true);
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const argumentsOf = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

  it('uses only instructions that these tests understand', () => {
    for (const line of lines)
      expect(line).toMatch(/^(ARG|FROM|ENV|WORKDIR|COPY|RUN|VOLUME|USER|EXPOSE|HEALTHCHECK|CMD) /);
  });

  it('uses the oldest supported Node, unless told otherwise', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } }; // safe: our own file
    const major = /\d+/.exec(engines.node)?.[0];
    expect(argumentsOf('ARG')).toEqual([`NODE_VERSION=${major}`]);
    const base = 'node:$' + '{NODE_VERSION}-bookworm'; // not a template
    expect(argumentsOf('FROM')).toEqual([`${base} AS build`, `${base}-slim`]);
  });

  it('copies the files that its scripts need', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }; // safe: our own file
    const copied = argumentsOf('COPY').flatMap((copy) => copy.split(' ').slice(0, -1));
    const steps = ['build-stale', 'build-web'].map((name) => read(`scripts/${name}.mjs`));
    const needed = [scripts.generate, scripts.build, ...steps]
      .join(' ')
      .match(/(?<=[ `'}])(scripts\/[\w-]+\.mjs|[\w.-]+\.config\.ts|tsconfig[\w.]*\.json)/g);
    for (const name of ['build', 'build-api', 'build-web']) expect(needed).toContain(`scripts/${name}.mjs`);
    expect(needed).toContain('tsconfig.build.json');
    expect(needed).toContain('vite.config.ts');
    for (const file of needed ?? [])
      expect(
        copied.some((source) => file === source || file.startsWith(`${source}/`)),
        file,
      ).toBe(true);
  });

  it('copies existing files that .dockerignore allows', () => {
    const allowed = read('.dockerignore').match(/(?<=^!).+$/gm) ?? [];
    for (const copy of argumentsOf('COPY')) {
      if (copy.startsWith('--from=build ')) continue;
      for (const source of copy.split(' ').slice(0, -1)) {
        expect(existsSync(root + source), source).toBe(true);
        expect(allowed).toContain(source);
      }
    }
  });

  it('copies what a server needs from the build, and runs existing scripts', () => {
    const taken = argumentsOf('COPY').flatMap((copy) => /^--from=build \/app\/(\S+)/.exec(copy)?.[1] ?? []);
    expect(taken).toEqual(['package.json', 'node_modules', 'prisma', 'dist']);
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }; // safe: our own file
    for (const [, script = ''] of argumentsOf('RUN')
      .join(' ')
      .matchAll(/npm run (\S+)/g))
      expect(scripts).toHaveProperty(script);
  });

  it('runs without root privileges, and has a health check', () => {
    const order = lines.map((line) => line.split(' ')[0]);
    expect(argumentsOf('USER')).toEqual(['node']);
    expect(order.indexOf('USER')).toBeLessThan(order.indexOf('CMD'));
    expect(order.lastIndexOf('RUN')).toBeLessThan(order.indexOf('USER'));
    expect(argumentsOf('HEALTHCHECK')[0]).toContain('/healthz');
    expect(argumentsOf('CMD')).toEqual(['["node", "dist/server/main.js"]']);
  });
});
