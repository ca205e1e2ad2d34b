import { createRoot } from 'solid-js';
import { expect, it } from 'vitest';
import { effectScope } from 'vue';
import * as solid from '../../examples/frameworks/solid.ts';
import * as svelte from '../../examples/frameworks/svelte.ts';
import * as vue from '../../examples/frameworks/vue.ts';
import type { Readable } from '../../src/client/chat/index.ts';
import { openChat } from '../client/chat/support.ts';
import { startMirage } from '../support/harness.ts';

/** What a component shows, and the end of it. */
interface Shown {
  value(): string;
  end(): void;
}

const frameworks: Record<string, (readable: Readable<string>) => Shown> = {
  Vue(readable) {
    const scope = effectScope();
    const ref = scope.run(() => vue.refOf(readable));
    return { value: () => ref?.value ?? '', end: () => scope.stop() };
  },
  Svelte(readable) {
    let value = '';
    const end = svelte.storeOf(readable).subscribe((next) => {
      value = next;
    });
    return { value: () => value, end };
  },
  Solid: (readable) =>
    createRoot((end) => {
      const value = solid.signalOf(readable);
      return { value, end };
    }),
};

it.each(Object.keys(frameworks))('shows a readable in %s, as long as it is shown', async (name) => {
  const mirage = await startMirage();
  const user = await mirage.user('ada');
  const { draft } = openChat(mirage.url, user).conversation({ peer: 'bob' });
  let listeners = 0;
  const counted: Readable<string> = {
    getSnapshot: draft.getSnapshot,
    subscribe(listener) {
      listeners += 1;
      const unsubscribe = draft.subscribe(listener);
      return () => {
        listeners -= 1;
        unsubscribe();
      };
    },
  };
  draft.set('one');
  const shown = frameworks[name]?.(counted) ?? expect.fail('it is not there');
  expect([shown.value(), listeners]).toEqual(['one', 1]);
  draft.set('two');
  expect(shown.value()).toBe('two');
  shown.end();
  draft.set('three');
  expect(listeners).toBe(0);
});
