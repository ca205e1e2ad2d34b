// Replaces the programs in dist by their sources without types, for the packed file: the same lines in the same places, with their
// comments. Whoever reads or debugs them needs no source maps then, which would be more than half as large again as all programs.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import blankSpace from 'ts-blank-space';
import ts from 'typescript';
import { withoutComments } from './without-comments.mjs';

const dist = fileURLToPath(new URL('../dist', import.meta.url));

/** What a program imports, in the order of the text: where each name is, between its quotes. */
function importsOf(text) {
  const found = [];
  (function visit(node) {
    const isImport =
      ts.isImportDeclaration(node) ||
      ts.isExportDeclaration(node) ||
      (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword);
    const name = isImport && (node.moduleSpecifier ?? node.arguments?.[0]);
    if (name && ts.isStringLiteral(name)) found.push({ start: name.getStart() + 1, end: name.end - 1 });
    ts.forEachChild(node, visit);
  })(ts.createSourceFile('x.js', text, ts.ScriptTarget.Latest, true));
  return found;
}

/** The text with what `like` imports, which the compiler and vendor-trpc.mjs have changed. */
function withImportsOf(like, text, name) {
  const [ours, theirs] = [importsOf(text), importsOf(like)];
  if (ours.length !== theirs.length) throw new Error(`dist/${name} imports other files than its source`);
  let result = '';
  let at = 0;
  for (const [index, { start, end }] of ours.entries()) {
    result += text.slice(at, start) + like.slice(theirs[index].start, theirs[index].end);
    at = end;
  }
  return result + text.slice(at);
}

for (const map of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
  if (!map.endsWith('.js.map')) continue;
  const name = map.slice(0, -'.map'.length);
  // The sources that Prisma generates are mostly comments and types: of these, the output of the compiler is packed.
  if (/\bgenerated\b/.test(map)) {
    writeFileSync(`${dist}/${name}`, withoutComments(readFileSync(`${dist}/${name}`, 'utf8')));
    continue;
  }
  const [source] = JSON.parse(readFileSync(`${dist}/${map}`, 'utf8')).sourcesContent;
  const erased = blankSpace(source, () => {
    throw new Error(`the types of dist/${name} cannot be erased`);
  });
  const text = withImportsOf(readFileSync(`${dist}/${name}`, 'utf8'), erased, name);
  writeFileSync(`${dist}/${name}`, text.replace(/[ \t]+$/gm, ''));
  rmSync(`${dist}/${map}`);
}
