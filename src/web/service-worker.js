// Keeps the page, its scripts and its styles, so that it opens where the server cannot be reached, and can be installed. Nothing of
// a user is in them; all else goes to the server, as without this worker.

/** Written by the build: a hash of the files, and their addresses from the page. */
const { version, files } = /* shell */ { version: '', files: [] };

const page = self.registration.scope;
/** One origin may have several, each below a path of its own. */
const prefix = `mirage ${page} `;
const assets = new URL('assets/', page).href;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(prefix + version).then((cache) => cache.addAll(files)));
});

// Begins when no page of an earlier version is open, which would still load parts of it.
self.addEventListener('activate', (event) => {
  event.waitUntil(deleteOthers());
});

self.addEventListener('fetch', (event) => {
  const { method, mode, url } = event.request;
  if (method !== 'GET') return;
  if (mode === 'navigate' && url.split(/[?#]/, 1)[0] === page) event.respondWith(openPage(event.request));
  else if (url.startsWith(assets)) event.respondWith(openAsset(event.request));
});

/** As it is now, or as it was: a proxy answers with 502 to 504 for a server that is not there. */
async function openPage(request) {
  try {
    const response = await fetch(request);
    return response.status > 501 ? ((await held(page)) ?? response) : response;
  } catch (error) {
    const kept = await held(page);
    if (kept) return kept;
    throw error;
  }
}

/** Their names change with what is in them. */
const openAsset = async (request) => (await held(request)) ?? fetch(request);

const held = async (request) => (await caches.open(prefix + version)).match(request, { ignoreVary: true });

async function deleteOthers() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(prefix) && name !== prefix + version);
  await Promise.all(old.map((name) => caches.delete(name)));
}
