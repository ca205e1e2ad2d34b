import { base } from '../base.ts';
import { now } from '../clock.ts';
import type { FileFacts } from './shown-file.ts';

/** What a window keeps over a reload of the files that have been chosen for a message: not their bytes. */
export interface KeptUploads {
  uploaded: FileFacts[];
  /** Names of files that had not been uploaded. */
  lost: string[];
}

interface Kept extends KeptUploads {
  atMs: number;
}

/** The server deletes files an hour after their upload if they are in no message. */
const maxAgeMs = 50 * 60_000;

const prefixOf = (username: string) => `${base.pathname}mirage.uploads.${encodeURIComponent(username)}/`;

/** For one window, as another one has chosen other files. */
export function openKeptUploads(username: string, conversation: string) {
  const key = prefixOf(username) + conversation;
  return {
    read(): KeptUploads {
      try {
        const kept = JSON.parse(sessionStorage.getItem(key) ?? '') as Kept; // safe: written below
        if (now() - kept.atMs < maxAgeMs) return kept;
        return { uploaded: [], lost: [...kept.uploaded.map(({ name }) => name), ...kept.lost] };
      } catch {
        return { uploaded: [], lost: [] };
      }
    },
    write({ uploaded, lost }: KeptUploads): void {
      try {
        const kept: Kept = { uploaded, lost, atMs: now() };
        if (uploaded.length + lost.length === 0) sessionStorage.removeItem(key);
        else sessionStorage.setItem(key, JSON.stringify(kept));
      } catch {
        // The browser forbids it, and nothing is kept.
      }
    },
  };
}

export function deleteKeptUploads(username: string): void {
  try {
    for (const key of Object.keys(sessionStorage))
      if (key.startsWith(prefixOf(username))) sessionStorage.removeItem(key);
  } catch {
    // Then there are none.
  }
}
