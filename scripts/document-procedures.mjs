// Writes dist/procedures.md, a page of the reference: every procedure as the typed client shows it. TypeDoc alone would print
// the types that tRPC infers, which nobody can read. Fails if a procedure has no docstring.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import ts from 'typescript';

const client = 'src/client/index.ts';
const page = 'dist/procedures.md';

const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, '.');
const program = ts.createProgram([client], options);
const checker = program.getTypeChecker();

/** @param {string} name of a type that the client exports */
function exported(name) {
  const module = checker.getSymbolAtLocation(program.getSourceFile(client));
  const symbol = checker.getExportsOfModule(module).find((one) => one.name === name);
  return checker.getDeclaredTypeOfSymbol(symbol);
}

/** @param {ts.Type} type @param {string} name of a property */
const property = (type, name) => checker.getTypeOfSymbol(type.getProperty(name));

/** @param {ts.Type} type @returns {string} as its reader needs it, without what tRPC and the compiler add */
function printed(type) {
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.MultilineObjectLiterals;
  // It comes with the indentation of several lines, and without the ends of lines.
  const text = checker
    .typeToString(type, undefined, flags)
    .replace(/^AsyncIterable<(.*), never, unknown>$/, '$1')
    .replace(/^void \| /, '')
    .replaceAll('readonly ', '')
    .replaceAll(/(\?: [^;]*) \| undefined;/g, '$1;');
  const line = text.replaceAll(/ {4,}/g, ' ').replaceAll(/; ?}/g, ' }');
  if (line.length <= 80) return line;
  return text
    .replaceAll(/( {4})+/g, (indent) => `\n${' '.repeat(indent.length / 2)}`)
    .replaceAll(';}', ';\n}');
}

const verbs = { query: 'query', mutate: 'mutation', subscribe: 'subscription' };

/** @param {string} path such as `chat.sendMessage` @param {{ method: ts.Symbol, input: ts.Type, output: ts.Type }} types */
function section(path, { method, input, output }) {
  const description = ts.displayPartsToString(method.getDocumentationComment(checker));
  if (description === '') throw new Error(`${path} has no docstring`);
  const [verb] = checker.getTypeOfSymbol(method).getProperties();
  const kind = verbs[verb.name];
  const refusals = method
    .getJsDocTags(checker)
    .filter(({ name }) => name === 'throws')
    .map(({ text }) => ts.displayPartsToString(text).replaceAll('\n', ' '));
  const takes = printed(input);
  const gives = printed(output);
  const blocks = [
    takes === 'void' ? '' : `// takes\n${takes}`,
    gives === 'never' ? '' : `// ${kind === 'subscription' ? 'sends' : 'gives'}\n${gives}`,
  ].filter((block) => block !== '');
  return [
    `### ${path}`,
    `_${kind}_`,
    description,
    ...refusals.map((text) => `**Refuses** ${text}.`),
    ...(blocks.length > 0 ? [`\`\`\`ts\n${blocks.join('\n\n')}\n\`\`\``] : []),
  ].join('\n\n');
}

const [inputs, outputs, methods] = ['Inputs', 'Outputs', 'MirageClient'].map(exported);
const parts = inputs.getProperties().map((router) => {
  const [takes, gives, calls] = [inputs, outputs, methods].map((type) => property(type, router.name));
  const sections = takes.getProperties().map(({ name }) =>
    section(`${router.name}.${name}`, {
      method: calls.getProperty(name),
      input: property(takes, name),
      output: property(gives, name),
    }),
  );
  const about = ts.displayPartsToString(methods.getProperty(router.name).getDocumentationComment(checker));
  return [`## ${router.name}`, about, ...sections].join('\n\n');
});

const introduction = `---
title: Procedures
---

# Procedures

What the typed client calls: \`client.chat.sendMessage.mutate(input)\`, \`.query(input)\` for a query, \`.subscribe(input, { onData })\`
for a subscription. Times are text in ISO 8601.

Beside what each says, a procedure may refuse with \`INVALID_INPUT\`, \`UNAUTHORIZED\` where it wants a token, and \`UNAVAILABLE\`, after
which to try again. Those that compare or make a password refuse with \`TOO_MANY_REQUESTS\` while too many wait for that. \`retryAfterMs\`
beside the reason says when to try again.`;

mkdirSync(dirname(page), { recursive: true });
writeFileSync(page, `${[introduction, ...parts].join('\n\n')}\n`);
