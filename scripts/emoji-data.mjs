// The names of emoji in the languages of the web client, as the picker takes them.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const { resolve } = createRequire(import.meta.url);
const prefix = 'virtual:emoji/';

/** Every system that is in use draws those of this version, of 2022. */
const newestVersion = 15;
/** Hair and skin, which are no emoji of their own. */
const components = 2;

const tones = ['light', 'medium-light', 'medium', 'medium-dark', 'dark'];

/** A plugin for Vite: `import data from 'virtual:emoji/en'`. @returns {import('vite').Plugin} */
export const emojiData = () => ({
  name: 'emoji-data',
  resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : undefined),
  async load(id) {
    if (!id.startsWith(`\0${prefix}`)) return undefined;
    const data = await read(id.slice(prefix.length + 1));
    // Browsers parse a text of JSON faster than an object of the language.
    return `export default JSON.parse(${JSON.stringify(JSON.stringify(data))});`;
  },
});

/** @param {string} locale */
async function read(locale) {
  const [emojis, { groups, skinTones }] = await Promise.all(
    ['data', 'messages'].map(async (name) =>
      JSON.parse(await readFile(resolve(`emojibase-data/${locale}/${name}.json`), 'utf8')),
    ),
  );
  return {
    locale,
    emojis: emojis
      .filter(({ group, version }) => group !== undefined && group !== components && version <= newestVersion)
      .sort((a, b) => a.order - b.order)
      .map(({ emoji, group, label, version, tags = [], skins = [] }) => ({
        emoji,
        category: group,
        label,
        version,
        // Also found by itself, when it is pasted.
        tags: [...tags, emoji],
        ...skinsOf(skins),
      })),
    categories: groups
      .filter(({ order }) => order !== components)
      .map(({ order, message }) => ({ index: order, label: message })),
    skinTones: Object.fromEntries(skinTones.map(({ key, message }) => [key, message])),
  };
}

/** Those of one tone; couples have two. */
function skinsOf(skins) {
  const plain = skins.filter(({ tone }) => typeof tone === 'number');
  return plain.length === 0
    ? {}
    : { skins: Object.fromEntries(plain.map(({ tone, emoji }) => [tones[tone - 1], emoji])) };
}
