import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import type { createChat } from '../../../src/client/chat/index.ts';

const folder = fileURLToPath(new URL('../../../src/client/chat/', import.meta.url));

/** Faults of stores, each as a change of one place in the source. */
export const mutations: Record<string, [file: string, right: string, wrong: string]> = {
  'matches own messages by their text': [
    'outbox.ts',
    'message.clientId === undefined ? undefined : items.get(message.clientId)',
    '[...items.values()].find(({ text }) => text === message.text)',
  ],
  'forgets what pages did not contain': [
    'strip.ts',
    'return isMissing && (',
    'return row.at === undefined && (',
  ],
  'ignores the position of pages': [
    'strip.ts',
    'compare(at, find(id)?.at ?? at) > 0)\n          replace(id, (row) => ({ ...row, at, data: { ...row.data, ...change.message } }));',
    'find(id))\n          replace(id, (row) => ({ ...row, at, data: { ...row.data, ...change.message } }));',
  ],
  'appends instead of ordering': [
    'strip.ts',
    'let index = rows.length;\n    while',
    'let index = rows.length;\n    while (false) index -= 1;\n    if (false) while',
  ],
  'takes the answer for the delivery': [
    'outbox.ts',
    'if (sent && items.has(clientId)) options.onSent(item.target, sent);',
    '',
  ],
  'marks what is loaded as read': [
    'timeline.ts',
    'hasPage = true;',
    'hasPage = true; owner.onSeen(window, strip.rows.at(-1)?.data.id ?? null);',
  ],
  'marks as read without attention': ['reading.ts', 'isNew && attention.getSnapshot()', 'isNew'],
  'lets read marks go back': [
    'reading.ts',
    'b === undefined || compare(placeOf(a), placeOf(b)) > 0',
    'b === undefined || a !== b',
  ],
  'forgets deletions while a page is read': [
    'strip.ts',
    'for (const change of missed) apply(change);',
    "for (const change of missed) if (change.type !== 'deleted') apply(change);",
  ],
  'ends work with the last subscriber at once': ['core.ts', 'cancel = timer(end, limits.graceMs)', 'end()'],
  'sends again under another name': [
    'outbox.ts',
    '        clientId,\n        text,',
    '        clientId: isRepeat ? createId() : clientId,\n        text,',
  ],
  'counts unread messages itself': [
    'inbox.ts',
    "onChange(peer, { type: 'message', message, at });\n        ask(peer);",
    "onChange(peer, { type: 'message', message, at });\n        if (counts) counts = { ...counts, unread: counts.unread + 1 };\n        core.touch(update);",
  ],
  'inserts a message that was edited': [
    'strip.ts',
    'const { id, author, text } = change.message;',
    'const { id, author, text } = change.message;\n        if (!find(id)) put({ data: change.message, place: placeOf(id), at, isStale: false });',
  ],
  'keeps what is stored after logging out': [
    'store.ts',
    'await inTurn(() => deleteAll((key) => key.startsWith(prefix)));',
    '',
  ],
  'drops unsent messages at a gap': [
    'conversation.ts',
    'for (const window of windows) window.strip.gap();',
    'for (const window of windows) window.strip.gap();\n    for (const { clientId } of shared.outbox().of(target)) shared.outbox().discard(clientId);',
  ],
};

/** `createChat` with one fault, bundled into a folder. */
export async function buildMutant(name: string, out: string): Promise<typeof createChat> {
  const [file, right, wrong] = mutations[name] ?? ['', '', ''];
  let isFound = false;
  const outfile = join(out, `${name.replaceAll(' ', '-')}.mjs`);
  await build({
    entryPoints: [join(folder, 'index.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    logLevel: 'silent',
    plugins: [
      {
        name: 'mutation',
        setup({ onLoad }) {
          onLoad({ filter: new RegExp(`chat[/\\\\]${file.replace('.', '\\.')}$`) }, async ({ path }) => {
            const { readFile } = await import('node:fs/promises');
            const source = await readFile(path, 'utf8');
            isFound = source.split(right).length === 2;
            return { contents: source.replace(right, () => wrong), loader: 'ts' };
          });
        },
      },
    ],
  });
  if (!isFound) throw new Error(`the place to change for “${name}” is not there exactly once`);
  return ((await import(pathToFileURL(outfile).href)) as { createChat: typeof createChat }).createChat;
}
