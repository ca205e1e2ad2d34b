import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';

/** Closer than this counts as being at the end. */
const nearEndPx = 80;

/**
 * Keeps the end of a list in view while the user reads there, whatever grows or shrinks: messages, the composer, the
 * window. Only scrolling up stops that.
 * @param hasEnd False while what comes after the list's end is not loaded: then there is no end to follow.
 */
export function useFollowEnd(
  scroller: RefObject<HTMLElement | null>,
  scrollToEnd: () => void,
  { startsAtEnd, hasEnd }: { startsAtEnd: boolean; hasEnd: boolean },
) {
  const [isFollowing, setFollowing] = useState(startsAtEnd && hasEnd);
  const current = useRef(startsAtEnd && hasEnd);
  const canFollow = useRef(hasEnd);
  canFollow.current = hasEnd;
  const follow = useCallback((wanted: boolean) => {
    const value = wanted && canFollow.current;
    current.current = value;
    setFollowing(value);
  }, []);
  const scroll = useRef(scrollToEnd);
  scroll.current = scrollToEnd;

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const isNearEnd = () => element.scrollHeight - element.clientHeight - element.scrollTop <= nearEndPx;
    let { scrollTop, clientHeight } = element;

    function onScroll() {
      if (!element) return;
      // A move in a box of another height is the browser's or the list's, not the user's.
      const movedUp = element.clientHeight === clientHeight && element.scrollTop < scrollTop;
      ({ scrollTop, clientHeight } = element);
      if (isNearEnd()) follow(true);
      else if (movedUp) follow(false);
    }

    const sizes = new ResizeObserver(() => {
      ({ scrollTop, clientHeight } = element);
      if (current.current) scroll.current();
      else if (isNearEnd()) follow(true);
    });
    sizes.observe(element);
    for (const child of element.children) sizes.observe(child);
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      sizes.disconnect();
      element.removeEventListener('scroll', onScroll);
    };
  }, [scroller, follow]);

  return { isFollowing, follow };
}
