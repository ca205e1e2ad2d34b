import { type ComponentType, lazy, Suspense } from 'react';

const loaders: (() => Promise<unknown>)[] = [];

/** A component in its own chunk. Renders the fallback, or nothing, until the chunk has loaded. */
export function lazyComponent<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  Fallback?: ComponentType<Props>,
): ComponentType<Props> {
  loaders.push(load);
  const Component = lazy(async () => ({ default: await load() }));
  return function Later(props) {
    return (
      <Suspense fallback={Fallback ? <Fallback {...props} /> : null}>
        <Component {...props} />
      </Suspense>
    );
  };
}

/** Preloads all chunks, so that they are available when the connection is lost. */
export function preloadComponents(): void {
  // Failures are ignored: the import is retried when the component is rendered.
  for (const load of loaders) load().catch(() => {});
}
