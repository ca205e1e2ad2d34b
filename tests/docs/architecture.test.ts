import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sources, startsWithAny } from '../support/sources.ts';
import { blockUnder, root } from './markdown.ts';

interface Drawing {
  /** Node ids and their texts. */
  nodes: Map<string, string>;
  edges: { from: string; to: string; dotted: boolean }[];
}

/** Reads the subset of Mermaid that the page uses; throws on any other line. */
function readDrawing(text: string): Drawing {
  const node = String.raw`(\w+)(?:\["([^"]+)"\])?`;
  const line = new RegExp(`^${node} (-->|-\\.->)(?:\\|"[^"]*"\\|)? ${node}$`);
  const drawing: Drawing = { nodes: new Map(), edges: [] };
  for (const each of text.trim().split('\n').slice(1)) {
    const match = line.exec(each.trim());
    if (!match) throw new Error(`not understood: ${each}`);
    const [, from = '', fromText, arrow, to = '', toText] = match;
    if (fromText !== undefined) drawing.nodes.set(from, fromText);
    if (toText !== undefined) drawing.nodes.set(to, toText);
    drawing.edges.push({ from, to, dotted: arrow !== '-->' });
  }
  return drawing;
}

const drawingUnder = (heading: string) => readDrawing(blockUnder('docs/architecture.md', heading, 'mermaid'));

/** Pairs `a b` of which `a` imports `b`, without those that follow from others. */
function reduce(pairs: Set<string>): string[] {
  const targets = (from: string) =>
    [...pairs].map((pair) => pair.split(' ')).flatMap(([a, b = '']) => (a === from ? [b] : []));
  const reaches = (from: string, to: string): boolean =>
    targets(from).some((next) => next === to || reaches(next, to));
  return [...pairs]
    .filter((pair) => {
      const [from = '', to = ''] = pair.split(' ');
      return !targets(from).some((next) => next !== to && reaches(next, to));
    })
    .sort();
}

it('draws the layers as they import each other', () => {
  const { nodes, edges } = drawingUnder('Layers');
  const folders = [...nodes].map(([id, text]) => {
    const [paths = ''] = text.split(' — ');
    const [first = '', ...others] = paths.split(', ');
    // "server/app/, index.ts" names files next to the folder.
    return { id, prefixes: [first, ...others.map((file) => `server/${file}`)] };
  });
  const layerOf = (file: string) => folders.find(({ prefixes }) => startsWithAny(file, prefixes))?.id;

  expect(sources.filter(({ name }) => layerOf(name) === undefined).map(({ name }) => name)).toEqual([]);
  const imports = new Set(
    sources.flatMap(({ name, files }) =>
      files
        .map(({ from }) => [layerOf(name), layerOf(from)])
        .filter(([from, to]) => from !== to)
        .map((pair) => pair.join(' ')),
    ),
  );
  expect(edges.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(reduce(imports));
});

it('draws the way of a message through files that exist and import each other', () => {
  const { nodes, edges } = drawingUnder('How a message travels');
  for (const file of nodes.values()) expect(existsSync(join(root, 'src', file)), file).toBe(true);
  const isImported = (from: string, to: string) =>
    sources.some(({ name, files }) => name === from && files.some((each) => each.from === to));
  const wrong = edges
    .map(({ from, to, dotted }) => ({ from: nodes.get(from) ?? from, to: nodes.get(to) ?? to, dotted }))
    .filter(({ from, to, dotted }) => (isImported(from, to) || isImported(to, from)) === dotted);
  expect(wrong).toEqual([]);
});

it('leaves out only what follows from other imports', () => {
  expect(reduce(new Set(['a b', 'b c', 'a c', 'a d']))).toEqual(['a b', 'a d', 'b c']);
  expect(() => readDrawing('flowchart TD\n  a ==> b')).toThrow('not understood');
});
