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
 * Prints types as JSON represents them, on one line and fully expanded; those in `names` by name. Throws for types that JSON
 * cannot represent, and for unresolved ones.
 */
export function createTypePrinter(checker) {
  const names = new Map();

  function print(type) {
    if (names.has(type)) return names.get(type);
    if (type.isStringLiteral()) return JSON.stringify(type.value);
    if (type.flags & (words | emptyWords)) return checker.typeToString(type);
    if (type.isUnion()) return printUnion(type.types);
    if (!(type.flags & TypeFlags.Object)) throw unprintable(type);
    const items = type.objectFlags & ObjectFlags.Reference ? checker.getTypeArguments(type) : [];
    const [item] = items;
    if (checker.isTupleType(type)) return `[${items.map(print).join(', ')}]`;
    if (checker.isArrayType(type))
      return `${item.isUnion() && !names.has(item) ? `(${print(item)})` : print(item)}[]`;
    if (type.symbol.name === 'AsyncIterable') return `AsyncIterable<${print(item)}, void, unknown>`;
    const json = checker.getPropertyOfType(type, 'toJSON');
    if (json)
      return print(checker.getReturnTypeOfSignature(checker.getTypeOfSymbol(json).getCallSignatures()[0]));
    return printObject(type);
  }

  /** `true | false` becomes `boolean`; null and undefined come last. */
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
      throw new Error(`the API has a field whose name is not an identifier: ${symbol.name}`);
    if (!(symbol.flags & SymbolFlags.Optional)) return `${readonly(symbol)}${symbol.name}: ${print(type)}`;
    // The undefined of an optional property is another type than an explicit `| undefined`.
    const isAbsence = (part) => part.flags & TypeFlags.Undefined && part !== checker.getUndefinedType();
    const parts = type.isUnion() ? type.types.filter((part) => !isAbsence(part)) : [type];
    return `${readonly(symbol)}${symbol.name}?: ${parts.length > 1 ? printUnion(parts) : print(parts[0])}`;
  }

  /** Mapped types included, which no public function of TypeScript's API tells; the version is pinned. */
  const readonly = (symbol) =>
    ts.getCheckFlags(symbol) & ts.CheckFlags.Readonly ||
    ts.getDeclarationModifierFlagsFromSymbol(symbol) & ts.ModifierFlags.Readonly
      ? 'readonly '
      : '';

  const unprintable = (type) =>
    new Error(`the API has a type that JSON cannot represent: ${checker.typeToString(type)}`);

  return Object.assign(print, { names });
}
