import { join } from 'node:path';
import { runInThisContext } from 'node:vm';
import { build } from 'esbuild';
import type * as react from 'react';
import type * as reactDom from 'react-dom/client';
import type * as reactDomServer from 'react-dom/server';
import type * as hooks from '../../../src/client/react/index.ts';

const resolveDir = join(import.meta.dirname, '../../../');

/** The versions that are supported, by the names they are installed under. */
export const versions = { 18: '-18', 19: '' };

export interface Loaded {
  react: typeof react;
  dom: typeof reactDom;
  server: typeof reactDomServer;
  hooks: typeof hooks;
}

/** The hooks with one version of React, as bundlers put them together. */
export async function loadReact(version: keyof typeof versions): Promise<Loaded> {
  const suffix = versions[version];
  const { outputFiles } = await build({
    stdin: {
      contents: `export * as react from 'react'; export * as dom from 'react-dom/client';
        export * as server from 'react-dom/server.browser'; export * as hooks from './src/client/react/index.ts';`,
      resolveDir,
    },
    write: false,
    bundle: true,
    format: 'cjs',
    define: { 'process.env.NODE_ENV': '"development"' },
    alias: { react: `react${suffix}`, 'react-dom': `react-dom${suffix}` },
    logLevel: 'silent',
  });
  const module = { exports: {} };
  runInThisContext(`(module) => { ${outputFiles[0]?.text}\n}`)(module);
  return module.exports as Loaded; // safe: as the contents say
}
