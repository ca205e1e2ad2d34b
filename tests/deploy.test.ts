import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../src/server/config.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const read = (file: string) => readFileSync(root + file, 'utf8');

interface Service {
  image?: string;
  build?: string;
  environment?: Record<string, string>;
  depends_on?: string[] | Record<string, { condition: string }>;
  volumes?: string[];
  healthcheck?: { test: string[] };
}

describe('compose.yaml', () => {
  // safe: what is not so fails below
  const { services, volumes } = parse(read('compose.yaml'), { merge: true }) as {
    services: Record<string, Service>;
    volumes: Record<string, unknown>;
  };
  const all = Object.entries(services);
  const servers = all.filter(([, { build }]) => build !== undefined);

  it('has two servers, a proxy, Postgres and Redis', () => {
    expect(Object.keys(services)).toEqual(['mirage-1', 'mirage-2', 'proxy', 'postgres', 'redis']);
    expect(servers.map(([name]) => name)).toEqual(['mirage-1', 'mirage-2']);
  });

  it('gives the servers settings that they know, and that lead to the services', () => {
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

  it('starts a service after those it needs, once they are well', () => {
    for (const [name, { depends_on: needed = {} }] of all)
      for (const other of Array.isArray(needed) ? needed : Object.keys(needed)) {
        expect(services, name).toHaveProperty(other);
        if (!Array.isArray(needed) && needed[other]?.condition === 'service_healthy')
          expect(services[other]?.healthcheck?.test.length, other).toBeGreaterThan(0);
      }
  });

  it('mounts what there is, and names versions', () => {
    for (const [name, { volumes: mounts = [], image }] of all) {
      if (image !== undefined) expect(image, name).toMatch(/^[a-z]+:\d+/);
      for (const mount of mounts) {
        const [from = ''] = mount.split(':');
        if (from.startsWith('./')) expect(existsSync(root + from), mount).toBe(true);
        else expect(volumes, mount).toHaveProperty(from);
      }
    }
  });

  it('has a proxy that knows both servers', () => {
    const upstreams = read('deploy/Caddyfile').match(/[\w-]+:5000/g);
    expect(upstreams).toEqual(servers.map(([name]) => `${name}:5000`));
  });
});

describe('Dockerfile', () => {
  const lines = read('Dockerfile')
    .replaceAll('\\\n', ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const argumentsOf = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

  it('knows every instruction', () => {
    for (const line of lines)
      expect(line).toMatch(/^(FROM|ENV|WORKDIR|COPY|RUN|VOLUME|USER|EXPOSE|HEALTHCHECK|CMD) /);
  });

  it('builds on a version of Node that Mirage runs on', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } }; // safe: it is ours
    const major = /\d+/.exec(engines.node)?.[0];
    expect(argumentsOf('FROM')).toEqual([`node:${major}-bookworm AS build`, `node:${major}-bookworm-slim`]);
  });

  it('copies what the scripts that it runs are made of', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }; // safe: it is ours
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

  it('copies what there is, and what .dockerignore lets through', () => {
    const allowed = read('.dockerignore').match(/(?<=^!).+$/gm) ?? [];
    for (const copy of argumentsOf('COPY')) {
      if (copy.startsWith('--from=build ')) continue;
      for (const source of copy.split(' ').slice(0, -1)) {
        expect(existsSync(root + source), source).toBe(true);
        expect(allowed).toContain(source);
      }
    }
  });

  it('takes over from the build what a server needs, and only scripts that there are', () => {
    const taken = argumentsOf('COPY').flatMap((copy) => /^--from=build \/app\/(\S+)/.exec(copy)?.[1] ?? []);
    expect(taken).toEqual(['package.json', 'node_modules', 'prisma', 'dist']);
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }; // safe: it is ours
    for (const [, script = ''] of argumentsOf('RUN')
      .join(' ')
      .matchAll(/npm run (\S+)/g))
      expect(scripts).toHaveProperty(script);
  });

  it('runs as nobody in particular, and is asked how it is', () => {
    const order = lines.map((line) => line.split(' ')[0]);
    expect(argumentsOf('USER')).toEqual(['node']);
    expect(order.indexOf('USER')).toBeLessThan(order.indexOf('CMD'));
    expect(order.lastIndexOf('RUN')).toBeLessThan(order.indexOf('USER'));
    expect(argumentsOf('HEALTHCHECK')[0]).toContain('/healthz');
    expect(argumentsOf('CMD')).toEqual(['["node", "dist/server/main.js"]']);
  });
});
