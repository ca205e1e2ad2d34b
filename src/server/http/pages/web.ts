import { basename, dirname, join } from 'node:path';
import express, { Router } from 'express';
import type { Config } from '../../core/config.ts';
import { parseFilesUrl } from '../../infra/files/files-url.ts';
import { openCompressedFiles } from './compressed-files.ts';

/** Where `npm run build` puts the web client; the path is the same from the sources and from the build. */
export const builtFolder = join(import.meta.dirname, '../../../../dist/web/');

/**
 * Scripts and styles from this server only; pictures, audio and video also from where files of users are, and with EXTERNAL_AVATARS pictures
 * from anywhere. Placeholders of pictures are in `data:` URLs, and what the user is about to send in `blob:` ones.
 */
export function contentPolicyOf(config: PolicyConfig): string {
  const media = ["'self'", ...fileOriginsOf(config)].join(' ');
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "worker-src 'self'",
    `img-src ${media} data: blob:${config.externalAvatars ? ' https:' : ''}`,
    `media-src ${media}`,
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}

type PolicyConfig = Pick<Config, 'files' | 'publicUrl' | 'externalAvatars'>;

/** The origins that files of users come from, besides that of the page. */
function fileOriginsOf({ files, publicUrl }: PolicyConfig): string[] {
  const urls = [files.origin, publicUrl].filter((url) => url !== undefined);
  return [...new Set([...urls.map((url) => new URL(url).origin), ...storageOriginsOf(files)])];
}

/** Those that clients are sent to, if they read from the storage themselves. */
function storageOriginsOf({ directReads, url, aws }: PolicyConfig['files']): string[] {
  const place = directReads && url !== undefined && url !== 'off' ? parseFilesUrl(url, aws) : undefined;
  if (place?.kind !== 's3') return [];
  if (place.endpoint === undefined) return ['https://*.amazonaws.com', 'https://*.amazonaws.com.cn'];
  const { protocol, host } = new URL(place.endpoint);
  return [`${protocol}//${host}`, `${protocol}//${place.bucket}.${host}`];
}

/** What is said of each file of the web client, besides what a hashed one is. */
export const headersOfWeb = (policy: string) => ({
  'Cache-Control': 'no-cache',
  'Content-Security-Policy': policy,
  'X-Content-Type-Options': 'nosniff',
  // Same-origin checks may need the Referer of the page's own requests.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
});

/** Their names contain a hash of what is in them. */
const forEver = 'public, max-age=31536000, immutable';

/** Serves the files of the web client. Anything else, or everything if it has not been built, goes to the next handler. */
export function createWeb(policy: string, folder = builtFolder): Router {
  const headers = headersOfWeb(policy);
  const compressed = openCompressedFiles(join(folder, 'assets'));
  return Router({ strict: true, caseSensitive: true })
    .get('/assets/:name', async (req, res, next) => {
      const { name } = req.params;
      if (name.endsWith('.br')) return next('router');
      // The tag is a weak one, as it is the same in all codings.
      const ours = { ...headers, 'Cache-Control': forEver, ETag: `W/"${name}"` };
      const isText = /^[\w-][\w.-]*\.(js|css|svg)$/.test(name);
      if (!(isText && (await compressed.send(req, res, name, ours)))) next();
    })
    .use(
      express.static(folder, {
        redirect: false,
        setHeaders(res, path) {
          res.setHeaders(new Map(Object.entries(headers)));
          if (basename(dirname(path)) === 'assets') res.setHeader('Cache-Control', forEver);
        },
      }),
    );
}
