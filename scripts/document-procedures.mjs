// Writes dist/procedures.md, a page of the reference with every procedure of the typed client, from the flat types that the
// build has written. TypeDoc alone would print the types that tRPC infers. Fails if a procedure has no docstring.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { buildStale } from './build-stale.mjs';

buildStale();
const root = fileURLToPath(new URL('..', import.meta.url));
const flatFile = `${root}dist/client/api.d.ts`;
const source = ts.createSourceFile(flatFile, readFileSync(flatFile, 'utf8'), ts.ScriptTarget.Latest, true);

/** Types that the flat declaration exports under a name. */
const named = new Map(
  source.statements.filter(ts.isTypeAliasDeclaration).map((one) => [one.name.text, one.type]),
);
const [, record] = named.get('AppRouter').typeArguments;

/** The type as source text, without what only the compiler needs: on one line if it is short. */
function print(type, indent = '') {
  const line = printLine(type);
  if (line.length <= 80) return line;
  if (ts.isArrayTypeNode(type)) return `${print(type.elementType, indent)}[]`;
  if (ts.isParenthesizedTypeNode(type)) return `(${print(type.type, indent)})`;
  if (ts.isUnionTypeNode(type))
    return shownTypes(type)
      .map((one) => print(one, indent))
      .join(' | ');
  if (!ts.isTypeLiteralNode(type)) return line;
  const inner = `${indent}  `;
  const fields = type.members.map((field) => `${inner}${nameOf(field)}: ${print(field.type, inner)};\n`);
  return `{\n${fields.join('')}${indent}}`;
}

function printLine(type) {
  if (ts.isArrayTypeNode(type)) return `${printLine(type.elementType)}[]`;
  if (ts.isParenthesizedTypeNode(type)) return `(${printLine(type.type)})`;
  if (ts.isUnionTypeNode(type)) return shownTypes(type).map(printLine).join(' | ');
  if (!ts.isTypeLiteralNode(type)) return type.getText();
  return `{ ${type.members.map((field) => `${nameOf(field)}: ${printLine(field.type)}`).join('; ')} }`;
}

const nameOf = (field) => `${field.name.text}${field.questionToken ? '?' : ''}`;

/** Without undefined and void, which only say that a field or an input is optional. */
const shownTypes = ({ types }) => types.filter(({ kind }) => !absent.has(kind));
const isOptional = (type) => ts.isUnionTypeNode(type) && shownTypes(type).length < type.types.length;
const absent = new Set([ts.SyntaxKind.UndefinedKeyword, ts.SyntaxKind.VoidKeyword]);

function section(path, procedure) {
  const { typeName, typeArguments } = procedure.type;
  const kind = typeName.text.toLowerCase();
  const [input, output] = typeArguments;
  const [docstring] = ts.getJSDocCommentsAndTags(procedure);
  const description = ts.getTextOfJSDocComment(docstring?.comment);
  if (!description) throw new Error(`${path} has no docstring`);
  const errors = (docstring.tags ?? [])
    .filter(({ tagName }) => tagName.text === 'throws')
    .map(({ comment }) => ts.getTextOfJSDocComment(comment).replace(/\s+/g, ' '));
  // A subscription is an iterable, but its client sees one event after the other.
  const result = kind === 'subscription' ? output.typeArguments[0] : output;
  const blocks = [
    absent.has(input.kind) ? '' : `// input${isOptional(input) ? ', optional' : ''}\n${print(input)}`,
    absent.has(result.kind) ? '' : `// ${kind === 'subscription' ? 'events' : 'output'}\n${print(result)}`,
  ].filter((block) => block !== '');
  return [
    `### ${path}`,
    `_${kind}_`,
    description,
    ...errors.map((text) => `**Errors:** ${text}.`),
    ...(blocks.length > 0 ? [`\`\`\`ts\n${blocks.join('\n\n')}\n\`\`\``] : []),
  ].join('\n\n');
}

const parts = record.members.map((router) => {
  const { text: name } = router.name;
  const [docstring] = ts.getJSDocCommentsAndTags(router);
  const sections = router.type.members.map((procedure) =>
    section(`${name}.${procedure.name.text}`, procedure),
  );
  return [`## ${name}`, ts.getTextOfJSDocComment(docstring?.comment), ...sections].join('\n\n');
});

const introduction = `---
title: Procedures
---

# Procedures

The procedures of the typed client: \`client.chat.sendMessage.mutate(input)\`, \`.query(input)\` for a query, \`.subscribe(input, { onData })\`
for a subscription. Times are text in ISO 8601.

Besides the errors listed, every procedure can fail with \`INVALID_INPUT\`, with \`UNAUTHORIZED\` if it needs a token, and with
\`UNAVAILABLE\`, after which a retry may succeed. Procedures that hash or compare a password fail with \`TOO_MANY_REQUESTS\` while too many
are waiting to do so. \`retryAfterMs\` beside the reason says when to retry.`;

writeFileSync(`${root}dist/procedures.md`, `${[introduction, ...parts].join('\n\n')}\n`);
