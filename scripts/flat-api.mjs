import ts from 'typescript';
import { createTypePrinter } from './print-type.mjs';

const kinds = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' };

/** The text of a declaration file with the exports of src/client/api.ts. `root` is the project's folder, with a trailing slash. */
export function flatApi(root) {
  const { checker, api, probe } = load(root);
  const typeOf = (exports, name) => checker.getDeclaredTypeOfSymbol(exports.get(name));
  const member = (type, ...names) =>
    names.reduce((of, name) => checker.getTypeOfSymbol(checker.getPropertyOfType(of, name)), type);

  const print = createTypePrinter(checker);
  for (const name of codes) print.names.set(typeOf(probe, name), name);
  const others = [];
  for (const name of api.keys()) {
    if (name === 'AppRouter') continue;
    const type = typeOf(api, name);
    others.push(`export type ${name} = ${print(type)};\n`);
    print.names.set(type, name);
  }

  const itemOf = (type) => (checker.isArrayType(type) ? checker.getTypeArguments(type)[0] : type);
  const outputOf = ([router, procedure, ...fields]) => {
    const output = member(typeOf(probe, 'Routers'), router, procedure, '_def', '$types', 'output');
    const fieldOf = (type, name) => checker.getNonNullableType(member(itemOf(type), name));
    return print(itemOf(fields.reduce(fieldOf, output)));
  };
  // Those with others in them come first.
  const shapes = Object.entries(shared).map(([name, path]) => [name, outputOf(path)]);
  const byName = (text, isOwn = () => false) =>
    shapes.reduce((rest, [name, shape]) => (isOwn(name) ? rest : rest.replaceAll(shape, name)), text);

  function record(type, indent) {
    const entries = checker.getPropertiesOfType(type).map((symbol) => {
      const text = entry(checker.getTypeOfSymbol(symbol), indent);
      return `${commentOf(symbol, indent)}${indent}${symbol.name}: ${text};\n`;
    });
    return entries.join('');
  }

  function entry(type, indent) {
    if (!checker.getPropertyOfType(type, '_def')) return `{\n${record(type, `${indent}  `)}${indent}}`;
    const kind = kinds[member(type, '_def', 'type').value];
    const [input, output] = ['input', 'output'].map((name) => print(member(type, '_def', '$types', name)));
    return `${kind}<${input}, ${byName(output)}>`;
  }

  const imports = [
    ...codes,
    'TRPCBuiltRouter',
    ...Object.values(kinds).map((kind) => `TRPC${kind}Procedure`),
  ];
  const definitions = Object.values(kinds).map(
    (kind) => `type ${kind}<I, O> = TRPC${kind}Procedure<Def<I, O>>;\n`,
  );
  return `import type { ${imports.join(', ')} } from './trpc/server/index.js';
${others.join('')}interface ErrorShape ${print(typeOf(probe, 'ErrorShape'))}
type Types = { ctx: object; meta: object; errorShape: ErrorShape; transformer: false };
type Def<I, O> = { input: I; output: O; meta: object; errorShape: ErrorShape };
${definitions.join('')}${shapes.map(([name, shape]) => `type ${name} = ${byName(shape, (other) => other === name)};\n`).join('')}/** The API of Mirage, with outputs as JSON carries them. */
export type AppRouter = TRPCBuiltRouter<Types, {
${record(typeOf(probe, 'Routers'), '  ')}}>;
`;
}

/** Shapes that many procedures have in their outputs, each by the name of one that gives it, or a list of it, perhaps in fields. */
const shared = {
  RoomState: ['chat', 'listJoinedRooms'],
  RoomMessage: ['chat', 'sendMessage'],
  ChangedInboxMessage: ['inbox', 'editMessage'],
  InboxCounts: ['inbox', 'countMessages'],
  Privacy: ['users', 'getPrivacy'],
  OwnProfile: ['auth', 'me'],
  InboxMessage: ['inbox', 'listMessages', 'messages'],
  Attachment: ['chat', 'sendMessage', 'attachments'],
};

/** Types of tRPC that are imported, because they would be long if spelled out. */
const codes = ['TRPC_ERROR_CODE_KEY', 'TRPC_ERROR_CODE_NUMBER'];

/** The docstring as written in the source. */
function commentOf(symbol, indent) {
  for (const declaration of symbol.declarations ?? []) {
    const { text } = declaration.getSourceFile();
    const comment = ts.getJSDocCommentRanges(declaration, text)?.at(-1);
    if (comment)
      return `${indent}${text.slice(comment.pos, comment.end).replace(/\n\s*/g, `\n${indent} `)}\n`;
  }
  return '';
}

/** Reads the compiler's declarations, as if src/client/api.ts were one of them. */
function load(root) {
  const files = new Map([
    [`${root}dist/client/source-of-api.ts`, ts.sys.readFile(`${root}src/client/api.ts`)],
    [
      `${root}dist/client/probe.ts`,
      `import type { inferRouterError } from '@trpc/server';
      import type { AppRouter } from './source-of-api.ts';
      export type { ${codes.join(', ')} } from '@trpc/server';
      export type Routers = AppRouter['_def']['record'];
      export type ErrorShape = inferRouterError<AppRouter>;`,
    ],
  ]);
  const program = ts.createProgram([...files.keys()], options, hostWith(files));
  const checker = program.getTypeChecker();
  const [api, probe] = [...files.keys()].map((name) => {
    const file = program.getSourceFile(name);
    const problems = program.getSemanticDiagnostics(file);
    if (problems.length > 0) throw new Error(ts.flattenDiagnosticMessageText(problems[0].messageText, '\n'));
    const symbols = checker.getExportsOfModule(checker.getSymbolAtLocation(file));
    return new Map(symbols.map((symbol) => [symbol.name, withoutAlias(checker, symbol)]));
  });
  return { checker, api, probe };
}

const withoutAlias = (checker, symbol) =>
  symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;

const options = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  strict: true,
  exactOptionalPropertyTypes: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
};

function hostWith(files) {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file) ?? readFile(file);
  host.getSourceFile = (file, language) =>
    files.has(file) ? ts.createSourceFile(file, files.get(file), language) : getSourceFile(file, language);
  return host;
}
