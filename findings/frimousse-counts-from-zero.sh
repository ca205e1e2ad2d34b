#!/usr/bin/env bash
# frimousse 0.4.0: the rows and columns of its emoji grid are numbered from 0, in attributes that begin with 1.
# Guess: a picker that is described as accessible can be checked with axe without complaints.
# Behaviour: rows have aria-rowindex="0", "1", … and emoji aria-colindex="0", "1", …. WAI-ARIA 1.2 defines both as integers that are
# greater than or equal to 1, and axe reports a critical violation (aria-valid-attr-value). `components` can correct them.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent frimousse@0.4.0 react@19.2.0 react-dom@19.2.0 happy-dom@20.0.10

cat > show.mjs <<'EOS'
import assert from 'node:assert/strict';
import { Window } from 'happy-dom';

const window = new Window();
for (const name of ['window', 'document', 'navigator', 'HTMLElement', 'Element', 'Node', 'localStorage', 'sessionStorage', 'ResizeObserver'])
  globalThis[name] ??= window[name];
globalThis.requestAnimationFrame = (run) => setTimeout(run, 0);
globalThis.cancelAnimationFrame = clearTimeout;
// A layout: without one nothing is in view.
Object.defineProperty(window.HTMLElement.prototype, 'clientHeight', { value: 200 });
globalThis.ResizeObserver = class {
  constructor(listener) {
    this.listener = listener;
  }
  observe(target) {
    const size = [{ blockSize: 40, inlineSize: 300 }];
    this.listener([{ target, borderBoxSize: size, contentBoxSize: size, contentRect: { height: 40, width: 300 } }]);
  }
  unobserve() {}
  disconnect() {}
};

const { createElement } = await import('react');
const { createRoot } = await import('react-dom/client');
const { EmojiPicker } = await import('frimousse');

const data = {
  locale: 'en',
  emojis: ['😀', '😃', '😄', '😁'].map((emoji) => ({ emoji, category: 0, label: emoji, version: 1, tags: [] })),
  categories: [{ index: 0, label: 'Smileys' }],
  skinTones: { light: 'l', 'medium-light': 'ml', medium: 'm', 'medium-dark': 'md', dark: 'd' },
};
const place = document.createElement('div');
document.body.append(place);
createRoot(place).render(
  createElement(
    EmojiPicker.Root,
    { columns: 2, resolveEmojiData: () => data },
    createElement(EmojiPicker.Viewport, null, createElement(EmojiPicker.List)),
  ),
);
for (let tries = 0; tries < 100 && !place.querySelector('[aria-rowindex]'); tries += 1)
  await new Promise((resolve) => setTimeout(resolve, 50));

const all = (selector, name) => [...place.querySelectorAll(selector)].map((element) => element.getAttribute(name));
const rows = all('[aria-rowindex]', 'aria-rowindex');
const columns = all('[aria-rowindex] [aria-colindex]', 'aria-colindex');
console.log('version: frimousse 0.4.0');
console.log('guess:   rows 1, 2 and columns 1, 2, 1, 2');
console.log(`seen:    rows ${rows.join(', ')} and columns ${columns.join(', ')}`);
assert.deepEqual(rows, ['0', '1']);
assert.deepEqual(columns, ['0', '1', '0', '1']);
process.exit(0);
EOS
node show.mjs
