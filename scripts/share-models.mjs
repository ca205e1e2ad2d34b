// What Prisma generates for the two providers is long, and the same but for a few lines: in the packed file both take it from one module.
// The schema in it loses its comments.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../dist/server/infra/db/generated', import.meta.url));
const paths = ['sqlite', 'postgresql'].map((provider) => `${folder}/${provider}/internal/class.js`);

const withoutComments = (source) =>
  source.replace(
    /("inlineSchema": )("(?:[^"\\]|\\.)*")/,
    (_, name, schema) => name + JSON.stringify(JSON.parse(schema).replace(/^ *\/\/.*\n/gm, '')),
  );

const longTexts = (source) => source.match(/"(?:[^"\\\n]|\\.){2000,}"/g) ?? [];

const [sqlite, postgresql] = paths.map((path) => withoutComments(readFileSync(path, 'utf8')));
const shared = longTexts(sqlite).filter((text) => postgresql.includes(text));

// There are none if this has been done already.
if (shared.length > 0) {
  writeFileSync(`${folder}/shared.js`, `export const shared = [\n${shared.join(',\n')},\n];\n`);
  [sqlite, postgresql].forEach((source, at) => {
    const text = shared.reduce((text, part, index) => text.replace(part, `shared[${index}]`), source);
    writeFileSync(paths[at], `import { shared } from '../../shared.js'; ${text}`);
  });
}
