// Copies what dist/client and dist/server need of tRPC into these folders, and lets everything in dist import it from there.
// As a dependency, tRPC would make npm install TypeScript, its peer, beside each server and each client (decision 25).
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutComments } from './without-comments.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What each copy contains. The client is also a package of its own, so the declarations that both use are in its copy. */
const entries = {
  client: {
    programs: ['@trpc/client', '@trpc/server/observable'],
    declarations: [
      '@trpc/client',
      '@trpc/server',
      '@trpc/server/http',
      '@trpc/server/observable',
      '@trpc/server/unstable-core-do-not-import',
    ],
  },
  server: {
    programs: [
      '@trpc/server',
      '@trpc/server/adapters/node-http',
      '@trpc/server/adapters/ws',
      '@trpc/server/http',
      '@trpc/server/observable',
      '@trpc/server/rpc',
    ],
    declarations: [],
  },
};
const folders = ['client', 'server', 'rest-compat', 'testing', 'cli'];

/** Whose copy the files of a folder import. */
const copyFor = (folder, kind) => (folder === 'client' || kind === 'declarations' ? 'client' : 'server');

const installed = (path) => `${root}node_modules/@trpc/${path}`;

/** The file that an import leads to, as `client/dist/index.mjs`. */
function fileOf(name, kind) {
  const [, folder, path] = /^@trpc\/(\w+)(?:\/(.+))?$/.exec(name);
  const { exports } = JSON.parse(readFileSync(installed(`${folder}/package.json`), 'utf8'));
  const conditions = exports[path === undefined ? '.' : `./${path}`].import;
  return posix.join(folder, conditions[kind === 'declarations' ? 'types' : 'default']);
}

/** Its name in a copy: in a package of ES modules it can be a `.js`, which all bundlers resolve. */
const targetOf = (file) => file.replace('/dist/', '/').replace(/\.m([jt]s)$/, '.$1');

/** The import of a target by a file, which is the same for programs and declarations. */
function importOf(from, target) {
  const path = posix.relative(posix.dirname(from), target).replace(/\.d\.ts$/, '.js');
  return path.startsWith('.') ? path : `./${path}`;
}

/** Writes tRPC's programs, without what nobody imports. */
async function writePrograms(names, folder) {
  const { rolldown } = await import('rolldown'); // loaded only when needed, because it takes long to load
  const files = names.map((name) => fileOf(name, 'programs'));
  const bundle = await rolldown({
    input: Object.fromEntries(files.map((file) => [targetOf(file).replace(/\.js$/, ''), installed(file)])),
    external: /^(node:|https?2?$|ws$)/,
    platform: 'neutral',
    treeshake: { moduleSideEffects: false },
  });
  await bundle.write({
    dir: folder,
    chunkFileNames: 'shared/[name].js',
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
  });
  await bundle.close();
}

const specifier = /(\bfrom\s*|\bimport\s*\(?\s*)(['"])([^'"]+)\2/g;

/** Writes the declarations of tRPC's that these entries lead to. */
function writeDeclarations(names, folder) {
  const written = new Set();
  function write(file) {
    const target = targetOf(file);
    if (written.has(target)) return target;
    written.add(target);
    const redirect = (whole, start, quote, name) => {
      if (!/^(\.|@trpc\/)/.test(name)) return whole;
      const next = name.startsWith('.')
        ? posix.join(posix.dirname(file), name.replace(/\.mjs$/, '.d.mts'))
        : fileOf(name, 'declarations');
      return `${start}${quote}${importOf(target, write(next))}${quote}`;
    };
    // Comments are nearly half of the text, and of use only to those who write routers.
    const text = withoutComments(readFileSync(installed(file), 'utf8'))
      .replace(/\n\/\/# sourceMappingURL=.*/, '')
      .replace(specifier, redirect)
      // Node's own types do not have this name of the DOM's.
      .replace(/\bRequestInfo\b/g, '(Request | string)');
    mkdirSync(dirname(`${folder}/${target}`), { recursive: true });
    writeFileSync(`${folder}/${target}`, text);
    return target;
  }
  for (const name of names) write(fileOf(name, 'declarations'));
}

/** Writes a copy, unless it was made from the same files. */
async function writeCopy(name) {
  const folder = `${root}dist/${name}/trpc`;
  const hash = createHash('sha256');
  for (const path of ['scripts/vendor-trpc.mjs', 'scripts/without-comments.mjs', 'package-lock.json'])
    hash.update(readFileSync(root + path));
  const inputs = hash.digest('hex');
  const record = `${folder}/.inputs`;
  if (existsSync(record) && readFileSync(record, 'utf8') === inputs) return;
  rmSync(folder, { recursive: true, force: true });
  await writePrograms(entries[name].programs, folder);
  writeDeclarations(entries[name].declarations, folder);
  copyFileSync(installed('server/LICENSE'), `${folder}/LICENSE`);
  writeFileSync(record, inputs);
}

const importOfTrpc = /((?:\bfrom|\bimport)\s*\(?\s*)(['"])(@trpc\/[^'"\n]+)\2/g;

/** Lets the compiler's output in a folder import the copy. */
function redirect(folder) {
  for (const name of readdirSync(`${root}dist/${folder}`, { recursive: true, encoding: 'utf8' })) {
    const file = `${folder}/${name.replaceAll('\\', '/')}`;
    if (!/\.(js|d\.ts)$/.test(file) || file.startsWith(`${folder}/trpc/`)) continue;
    const kind = file.endsWith('.d.ts') ? 'declarations' : 'programs';
    const copy = copyFor(folder, kind);
    const text = readFileSync(`${root}dist/${file}`, 'utf8');
    const redirected = text.replace(importOfTrpc, (_whole, start, quote, imported) => {
      if (!entries[copy][kind].includes(imported))
        throw new Error(`add ${imported}, which dist/${file} imports, to scripts/vendor-trpc.mjs`);
      return `${start}${quote}${importOf(file, `${copy}/trpc/${targetOf(fileOf(imported, kind))}`)}${quote}`;
    });
    if (redirected !== text) writeFileSync(`${root}dist/${file}`, redirected);
  }
}

for (const name of Object.keys(entries)) await writeCopy(name);
for (const folder of folders) redirect(folder);
