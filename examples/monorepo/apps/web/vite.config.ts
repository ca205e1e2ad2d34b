import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** `npm run dev:web` serves the page with reload, in front of a server started by `npm run dev:server`. */
export default defineConfig({
  plugins: [react()],
  server: {
    proxy: {
      '/api': 'http://127.0.0.1:3000',
      '/chat': { target: 'http://127.0.0.1:3000', ws: true },
    },
  },
});
