import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { type Handler } from 'express';

/** Where `npm run build` puts the web client, seen from the sources and from the build alike. */
const builtFolder = fileURLToPath(new URL('../../../dist/web/', import.meta.url));

/** Scripts and styles from files of ours alone; pictures from wherever an avatar may be. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: https:",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** The files of the web client. What is none of them, and all where it has not been built, is left to the next handler. */
export function createWeb(folder = builtFolder): Handler {
  return express.static(folder, {
    redirect: false,
    setHeaders(res, path) {
      const isHashed = basename(dirname(path)) === 'assets';
      res.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      res.setHeader('Content-Security-Policy', policy);
      res.setHeader('X-Content-Type-Options', 'nosniff');
      // Requests of the page to its own server say where they are from, which tells them from those of others.
      res.setHeader('Referrer-Policy', 'same-origin');
      res.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    },
  });
}
