/**
 * A project for each bundler around tests/package/consumers/chat.mjs: its files, the command that builds it, and the folder
 * of what is sent to browsers or devices.
 */
interface Project {
  files: Record<string, string>;
  /** Arguments of Node. */
  build: string[];
  /** Below the project's folder. */
  output: string;
  env?: Record<string, string>;
}

/** The newest that run on Node 20. */
export const versions = {
  '@react-native/babel-preset': '0.82.1',
  '@react-native/metro-config': '0.82.1',
  '@react-router/dev': '7.18.4',
  '@react-router/node': '7.18.4',
  '@sveltejs/kit': '2.70.4',
  '@sveltejs/vite-plugin-svelte': '7.3.1',
  isbot: '5.2.3',
  metro: '0.83.8',
  next: '16.4.6',
  react: '19.3.1',
  'react-dom': '19.3.1',
  'react-router': '7.18.4',
  svelte: '5.57.3',
  vite: '8.3.8',
  webpack: '5.113.0',
};

const component = (name: string, from: string) => `
import { useEffect } from 'react';
import '${from}';

export default function ${name}() {
  useEffect(() => void globalThis.chat(location.origin, ''), []);
  return <p>chat</p>;
}
`;

/** As React Native configures it, but for the polyfills of React Native itself. */
const metro = (platform: string): Project => ({
  files: {
    'build.cjs': `
const { mkdirSync } = require('node:fs');
const { resolve } = require('node:path');
const Metro = require('metro');
const { getDefaultConfig, mergeConfig } = require('@react-native/metro-config');

const config = mergeConfig(getDefaultConfig(__dirname), {
  cacheStores: [],
  maxWorkers: 1,
  reporter: { update() {} },
  serializer: { getModulesRunBeforeMainModule: () => [], getPolyfills: () => [] },
  watchFolders: [__dirname, resolve(__dirname, '../node_modules')],
});
mkdirSync(resolve(__dirname, 'out'));
const out = resolve(__dirname, 'out/bundle.js');
Metro.runBuild(config, { entry: 'chat.mjs', platform: '${platform}', dev: false, minify: false, out });
`,
  },
  build: ['build.cjs'],
  output: 'out',
});

export const projects: Record<string, Project> = {
  'Metro for iOS': metro('ios'),
  'Metro for Android': metro('android'),
  webpack: {
    files: {
      'build.cjs': `
const webpack = require('webpack');

const output = { path: __dirname + '/out', filename: 'bundle.js' };
const configuration = { mode: 'production', context: __dirname, entry: './chat.mjs', output };
webpack(configuration).run((error, stats) => {
  if (error ?? stats.hasErrors()) throw error ?? new Error(stats.toString('errors-only'));
});
`,
    },
    build: ['build.cjs'],
    output: 'out',
  },
  Next: {
    files: {
      'app/layout.jsx': `export default function Layout({ children }) {
  return <html lang="en"><body>{children}</body></html>;
}`,
      'app/page.jsx': `'use client';${component('Page', '../chat.mjs')}`,
      'next.config.mjs': `export default { turbopack: { root: new URL('..', import.meta.url).pathname } };`,
    },
    build: ['../node_modules/next/dist/bin/next', 'build'],
    output: '.next/static',
    env: { NEXT_TELEMETRY_DISABLED: '1' },
  },
  'React Router': {
    files: {
      'app/root.jsx': `
import { Outlet, Scripts } from 'react-router';

export default function Root() {
  return <html lang="en"><head><title>chat</title></head><body><Outlet /><Scripts /></body></html>;
}`,
      'app/routes.js': `import { index } from '@react-router/dev/routes';
export default [index('routes/home.jsx')];`,
      'app/routes/home.jsx': component('Home', '../../chat.mjs'),
      'vite.config.js': `import { reactRouter } from '@react-router/dev/vite';
export default { plugins: [reactRouter()] };`,
    },
    build: ['../node_modules/@react-router/dev/bin.js', 'build'],
    output: 'build/client',
  },
  SvelteKit: {
    files: {
      'src/app.html':
        '<!doctype html><html lang="en"><head>%sveltekit.head%</head><body>%sveltekit.body%</body></html>',
      'src/routes/+page.svelte': `<script>
  import { onMount } from 'svelte';
  import '../../chat.mjs';
  onMount(() => void globalThis.chat(location.origin, ''));
</script>
<p>chat</p>`,
      'svelte.config.js': 'export default {};',
      'vite.config.js': `import { sveltekit } from '@sveltejs/kit/vite';
export default { plugins: [sveltekit()] };`,
    },
    build: ['../node_modules/vite/bin/vite.js', 'build'],
    output: '.svelte-kit/output/client',
  },
};
