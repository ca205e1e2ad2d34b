// npm run describe: writes src/server/api/descriptions.ts, from which tRPC's own tools describe the procedures. The docstrings
// of the routers are the source; a test fails while the file differs from them.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = `${root}src/server/api/descriptions.ts`;
const routers = ['auth', 'users', 'inbox', 'chat', 'server'];
/** The files of procedures that routers spread into theirs, by the name of the record in them. */
const spread = {
  accountProcedures: 'auth',
  authFactors: 'auth-factors',
  roomProcedures: 'chat',
  roomMessageChanges: 'room-message-changes',
  roomPins: 'room-pins',
  roomPeople: 'room-people',
  roomSearch: 'room-search',
};

/** The docstring of each procedure by its path, on one line, without its tags. */
export function readDescriptions() {
  return Object.fromEntries(routers.flatMap(describeRouter));
}

const describeRouter = (name) =>
  declared(name, `${name}Router`).arguments[0].properties.flatMap((part) => {
    if (!ts.isSpreadAssignment(part)) return [describe(name, part)];
    const record = part.expression.text;
    return declared(spread[record], record).properties.map((procedure) => describe(name, procedure));
  });

/** What a variable of a file in src/server/api is declared as. */
function declared(name, variable) {
  const file = `${root}src/server/api/${name}.ts`;
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const declarations = source.statements
    .filter(ts.isVariableStatement)
    .flatMap(({ declarationList }) => declarationList.declarations);
  return declarations.find((one) => one.name.text === variable).initializer;
}

function describe(router, procedure) {
  const path = `${router}.${procedure.name.text}`;
  const [docstring] = ts.getJSDocCommentsAndTags(procedure);
  const text = ts.getTextOfJSDocComment(docstring?.comment)?.replace(/\s+/g, ' ');
  if (!text) throw new Error(`${path} has no docstring`);
  return [path, text];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const head = '/** Generated from the docstrings of the routers by `npm run describe`. */\n';
  const text = JSON.stringify(readDescriptions(), undefined, 2);
  writeFileSync(target, `${head}export const descriptions: Record<string, string> = ${text};\n`);
  execFileSync(process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'format', '--write', target], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}
