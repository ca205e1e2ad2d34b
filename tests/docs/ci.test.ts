import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from './markdown.ts';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const { engines, scripts, dependencies, devDependencies } = JSON.parse(read('package.json')) as {
  engines: { node: string };
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
}; // safe: it is ours

interface Job {
  strategy?: { matrix: { node: string[] } };
  steps: { uses?: string; run?: string }[];
}

/** Commands of npm, and packages that are installed with apt. */
function commandsIn(script: string) {
  return {
    npm: [...script.matchAll(/^\s*(?:- run: )?(npm (?:ci|test|run \S+))/gm)].map(([, command]) => command),
    apt: [...script.matchAll(/apt-get install -y --no-install-recommends ([^)\n]+)/g)].flatMap(
      ([, names = '']) => names.trim().split(' '),
    ),
  };
}

describe('.github/workflows/ci.yml', () => {
  const { jobs } = parse(read('.github/workflows/ci.yml')) as { jobs: Record<string, Job> }; // safe: checked below
  const inWorkflow = commandsIn(
    Object.values(jobs)
      .flatMap(({ steps }) => steps.map(({ run = '' }) => run))
      .join('\n'),
  );
  const inScript = commandsIn(read('.ci/run'));

  it('runs the commands of .ci/run', () => {
    expect(inScript.npm.length).toBeGreaterThan(4);
    expect(new Set(inWorkflow.npm)).toEqual(new Set(inScript.npm));
    // .ci/run expects Postgres and Redis to be there.
    const services = ['postgresql', 'redis-server'];
    expect(inWorkflow.apt.filter((name) => !services.includes(name)).sort()).toEqual(inScript.apt.sort());
  });

  it('runs every test script of package.json, or nightly.yml does', () => {
    const atNight = commandsIn(read('.github/workflows/nightly.yml')).npm;
    for (const name of Object.keys(scripts).filter((script) => script.startsWith('test:')))
      expect([...inWorkflow.npm, ...atNight]).toContain(`npm run ${name}`);
  });

  it('lints and tests on the oldest supported Node and on both newer lines', () => {
    const versions = jobs.test?.strategy?.matrix.node ?? [];
    expect(engines.node).toBe(`>=${versions[0]}`);
    expect(versions.slice(1)).toEqual(['22', '24']);
    for (const version of ['22', '24']) expect(read('docs/package.md')).toContain(version);
    expect(commandsIn(jobs.test?.steps.map(({ run }) => run).join('\n') ?? '').npm).toEqual([
      'npm ci',
      'npm run check',
      'npm test',
    ]);
  });

  it('uses actions of an exact version, as nightly.yml does', () => {
    const nightly = parse(read('.github/workflows/nightly.yml')) as { jobs: Record<string, Job> }; // safe: checked here
    for (const { steps } of [...Object.values(jobs), ...Object.values(nightly.jobs)])
      for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/@v\d+\.\d+\.\d+$/);
  });
});

describe('renovate.json', () => {
  const { packageRules, rangeStrategy } = JSON.parse(read('renovate.json')) as {
    rangeStrategy: string;
    packageRules: { matchPackageNames?: string[] }[];
  }; // safe: checked below

  it('keeps exact versions, which package.json has', () => {
    expect(rangeStrategy).toBe('pin');
    for (const version of Object.values({ ...dependencies, ...devDependencies }))
      expect(version).toMatch(/^(npm:.+@)?\d+\.\d+\.\d+/);
  });

  it('names only packages that are used', () => {
    const used = Object.keys({ ...dependencies, ...devDependencies });
    const matches = (pattern: string) =>
      used.some((name) => name === pattern || name.startsWith(pattern.replace(/\*\*$/, '')));
    const patterns = packageRules.flatMap(({ matchPackageNames = [] }) => matchPackageNames);
    expect(patterns.filter((pattern) => !matches(pattern))).toEqual([]);
  });
});
