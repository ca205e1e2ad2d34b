import type { RefCallback } from 'react';
import type { Timeline } from '../chat/types.ts';

/** Fine enough for a row that is many times as high as its list. */
const threshold = Array.from({ length: 21 }, (_, index) => index / 20);

/** A row counts once its end is visible, as one that is higher than its list is never wholly visible. */
const isSeen = ({ isIntersecting, intersectionRect, boundingClientRect }: IntersectionObserverEntry) =>
  isIntersecting && intersectionRect.bottom >= boundingClientRect.bottom - 1;

/** Refs for the rows of a list, of which the newest visible one is reported to its window. */
export function createRows({ getSnapshot, seen }: Timeline): (key: string) => RefCallback<Element> {
  const refs = new Map<string, RefCallback<Element>>();
  const keys = new Map<Element, string>();
  const visible = new Set<Element>();
  let observer: IntersectionObserver | undefined;
  let isReporting = false;

  /** Rows that come and go together are one report. */
  function report(): void {
    if (isReporting) return;
    isReporting = true;
    queueMicrotask(() => {
      isReporting = false;
      const shown = new Set([...visible].map((element) => keys.get(element)));
      seen(
        getSnapshot()
          .items.filter(({ key }) => shown.has(key))
          .at(-1)?.key ?? null,
      );
    });
  }

  function observe(element: Element, key: string): void {
    keys.set(element, key);
    observer ??= new IntersectionObserver(
      (entries) => {
        for (const entry of entries)
          if (keys.has(entry.target) && isSeen(entry)) visible.add(entry.target);
          else visible.delete(entry.target);
        report();
      },
      { threshold },
    );
    observer.observe(element);
  }

  function forget(element: Element): void {
    observer?.unobserve(element);
    keys.delete(element);
    visible.delete(element);
    report();
  }

  return (key) => {
    const known = refs.get(key);
    if (known) return known;
    let shown: Element | null = null;
    const ref: RefCallback<Element> = (element) => {
      if (shown) forget(shown);
      shown = element;
      if (!element) refs.delete(key);
      else if (typeof IntersectionObserver === 'function') {
        refs.set(key, ref);
        observe(element, key);
      }
    };
    refs.set(key, ref);
    return ref;
  };
}
