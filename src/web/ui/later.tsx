import { type ComponentType, lazy, Suspense } from 'react';

const loaders: (() => Promise<unknown>)[] = [];

/** A component that is no part of the first load. Until it has come there is nothing in its place. */
export function later<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  loaders.push(load);
  const Component = lazy(async () => ({ default: await load() }));
  return function Later(props) {
    return (
      <Suspense fallback={null}>
        <Component {...props} />
      </Suspense>
    );
  };
}

/** Loads what is likely to be needed, so that it is there when it is, also without a connection. */
export function loadTheRest(): void {
  // A failure is none yet: it is tried again when the component is needed.
  for (const load of loaders) load().catch(() => {});
}
