import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './markdown.ts';

/** The client's generated types, which the build writes. */
const declarations = readFileSync(join(root, 'dist/client/api.d.ts'), 'utf8');
/** Shapes that have a name there. */
const shapes = new Map(
  [...declarations.matchAll(/^(?:export )?type (\w+) = (.*);$/gm)].map(([, name = '', shape = '']) => [
    name,
    shape,
  ]),
);

/** The types of a procedure as the client has them: `input, output`. */
function typesOf(path: string): string {
  const [namespace = '', name = ''] = path.split('.');
  const types = declarations.split(`\n  ${namespace}: {\n`)[1] ?? '';
  const found = new RegExp(`^    ${name}: \\w+<(.*)>;$`, 'm').exec(types)?.[1] ?? '';
  const spelledOut = (text: string): string =>
    text.replace(/\b[A-Z]\w+\b/g, (name) => (shapes.has(name) ? spelledOut(shapes.get(name) ?? '') : name));
  return spelledOut(found);
}

/**
 * `{ a, b }[]` for what a procedure returns, with its fields in alphabetical order, and of several shapes the longest;
 * undefined if it is not an object.
 */
export function returnsOf(path: string): string | undefined {
  const outputs = splitTopLevel(typesOf(path)).at(-1) ?? '';
  const output = splitTopLevel(outputs, '|').toSorted((a, b) => b.length - a.length)[0] ?? '';
  const [, object, list = ''] = /^\{(.*)\}(\[\])?$/.exec(output.trim()) ?? [];
  if (object === undefined) return undefined;
  const fields = splitTopLevel(object, ';').map((field) => field.replace(/^readonly /, '').split(':')[0]);
  return `{ ${fields.filter(Boolean).sort().join(', ')} }${list}`;
}

/** The types of a subscription's events. */
export const eventsOf = (path: string) =>
  [...(splitTopLevel(typesOf(path)).at(-1) ?? '').matchAll(/\btype: "(\w+)"/g)]
    .map(([, type]) => type)
    .sort()
    .join();

/** Splits at separators that are outside of all brackets. */
function splitTopLevel(text: string, separator = ','): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of text) {
    if ('{[(<'.includes(character)) depth += 1;
    if ('}])>'.includes(character)) depth -= 1;
    if (character === separator && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}
