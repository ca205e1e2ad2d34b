import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { emojiData } from './scripts/emoji-data.mjs';
import { installable } from './scripts/installable.mjs';
import { narrowFonts } from './scripts/narrow-fonts.mjs';

/** The web client. `npm run dev:web` serves it with reload, over a server that `npm run dev` has started. */
export default defineConfig({
  root: 'src/web',
  // Relative addresses, as a proxy may serve the client under a path.
  base: './',
  plugins: [react(), emojiData(), narrowFonts(), installable()],
  build: {
    outDir: '../../dist/web',
    emptyOutDir: true,
    target: ['chrome125', 'firefox128', 'safari18'],
    // The policy of the page allows files alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    proxy: {
      '/trpc': { target: 'http://127.0.0.1:5000', ws: true },
      '/session': 'http://127.0.0.1:5000',
      '/oidc': 'http://127.0.0.1:5000',
      '/files': 'http://127.0.0.1:5000',
    },
  },
});
