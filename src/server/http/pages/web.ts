import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Handler } from 'express';

/** Where `npm run build` puts the web client; the path is the same from the sources and from the build. */
const builtFolder = fileURLToPath(new URL('../../../../dist/web/', import.meta.url));

/** Scripts and styles from this server only; images from anywhere, as avatars may be anywhere. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "font-src 'self'",
  "img-src 'self' https:",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Serves the files of the web client. Anything else, or everything if it has not been built, goes to the next handler. */
export function createWeb(folder = builtFolder): Handler {
  return express.static(folder, {
    redirect: false,
    setHeaders(res, path) {
      const isHashed = basename(dirname(path)) === 'assets';
      res.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      res.setHeader('Content-Security-Policy', policy);
      res.setHeader('X-Content-Type-Options', 'nosniff');
      // Same-origin checks may need the Referer of the page's own requests.
      res.setHeader('Referrer-Policy', 'same-origin');
      res.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    },
  });
}
