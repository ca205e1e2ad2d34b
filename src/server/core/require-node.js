// @ts-check
import { readFileSync } from 'node:fs';

/**
 * Ends the process with one line if this version of Node is older than `engines` in package.json says. Entry points call it
 * before they import anything else, which an old Node may not be able to load. JavaScript, so that `npm start` can call it
 * before anything is built.
 */
export function requireNode() {
  const packageFile = new URL('../../../package.json', import.meta.url);
  const { engines } = JSON.parse(readFileSync(packageFile, 'utf8'));
  const required = numbersOf(engines.node);
  const running = numbersOf(process.versions.node);
  const differing = required.findIndex((number, index) => number !== running[index]);
  if (differing < 0 || (running[differing] ?? 0) > (required[differing] ?? 0)) return;
  console.error(`mirage: needs Node ${required.join('.')} or newer; this is ${process.versions.node}`);
  process.exit(1);
}

/** @param {string} version */
const numbersOf = (version) => (version.match(/\d+/g) ?? []).map(Number);
