import ts from 'typescript';

const { TypeFlags, ObjectFlags, SymbolFlags } = ts;

const words =
  TypeFlags.String |
  TypeFlags.Number |
  TypeFlags.Boolean |
  TypeFlags.NumberLiteral |
  TypeFlags.BooleanLiteral |
  TypeFlags.Null;
const emptyWords = TypeFlags.Undefined | TypeFlags.Void | TypeFlags.Never;

/**
 * Prints types of data on one line as JSON carries them, spelled out to the bottom; those in `names` by their name. Throws
 * for what JSON does not carry, and for what could not be resolved.
 */
export function createTypePrinter(checker) {
  const names = new Map();

  function print(type) {
    if (names.has(type)) return names.get(type);
    if (type.isStringLiteral()) return JSON.stringify(type.value);
    if (type.flags & (words | emptyWords)) return checker.typeToString(type);
    if (type.isUnion()) return printUnion(type.types);
    if (!(type.flags & TypeFlags.Object)) throw unprintable(type);
    const [item] = type.objectFlags & ObjectFlags.Reference ? checker.getTypeArguments(type) : [];
    if (checker.isArrayType(type))
      return `${item.isUnion() && !names.has(item) ? `(${print(item)})` : print(item)}[]`;
    if (type.symbol.name === 'AsyncIterable') return `AsyncIterable<${print(item)}, void, unknown>`;
    const json = checker.getPropertyOfType(type, 'toJSON');
    if (json)
      return print(checker.getReturnTypeOfSignature(checker.getTypeOfSymbol(json).getCallSignatures()[0]));
    return printObject(type);
  }

  /** True and false are one, and null and undefined stand at the end, where they are looked for. */
  function printUnion(types) {
    const parts = types.map(print);
    const hasBoth = ['true', 'false'].every((word) => parts.includes(word));
    const rank = (part) => ['boolean', 'null', 'undefined'].indexOf(part);
    return (hasBoth ? [...parts.filter((part) => part !== 'true' && part !== 'false'), 'boolean'] : parts)
      .sort((a, b) => rank(a) - rank(b))
      .join(' | ');
  }

  function printObject(type) {
    if (
      ['Call', 'Construct'].some(
        (kind) => checker.getSignaturesOfType(type, ts.SignatureKind[kind]).length > 0,
      )
    )
      throw unprintable(type);
    if (checker.getIndexInfosOfType(type).length > 0) throw unprintable(type);
    return `{ ${checker.getPropertiesOfType(type).map(printProperty).join('; ')} }`;
  }

  function printProperty(symbol) {
    const type = checker.getTypeOfSymbol(symbol);
    if (!/^[\w$]+$/.test(symbol.name))
      throw new Error(`the API has a field that is no plain name: ${symbol.name}`);
    if (!(symbol.flags & SymbolFlags.Optional)) return `${readonly(symbol)}${symbol.name}: ${print(type)}`;
    // What stands for its absence is not the undefined that it may be allowed to hold besides.
    const isAbsence = (part) => part.flags & TypeFlags.Undefined && part !== checker.getUndefinedType();
    const parts = type.isUnion() ? type.types.filter((part) => !isAbsence(part)) : [type];
    return `${readonly(symbol)}${symbol.name}?: ${parts.length > 1 ? printUnion(parts) : print(parts[0])}`;
  }

  /** Also by a mapped type, which TypeScript, in the one version that is pinned, tells by no public function. */
  const readonly = (symbol) =>
    ts.getCheckFlags(symbol) & ts.CheckFlags.Readonly ||
    ts.getDeclarationModifierFlagsFromSymbol(symbol) & ts.ModifierFlags.Readonly
      ? 'readonly '
      : '';

  const unprintable = (type) =>
    new Error(`the API has a type that JSON does not carry: ${checker.typeToString(type)}`);

  return Object.assign(print, { names });
}
