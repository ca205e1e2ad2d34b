import type { Route } from './route.ts';

export interface Match {
  /** The path's routes by upper-case method. */
  methods: Map<string, Route>;
  /** Decoded path parameters. */
  parts: Record<string, string>;
}

/** Finds the routes of a path. Paths are exact: letter case and slashes matter. */
export function createMatcher(routes: readonly Route[]): (path: string) => Match | undefined {
  const fixed = new Map<string, Map<string, Route>>();
  const parameterized: Route[] = [];
  for (const route of routes) {
    if (route.pattern) parameterized.push(route);
    else methodsAt(fixed, route.path).set(route.method.toUpperCase(), route);
  }

  function find(path: string): Match | undefined {
    const methods = new Map(fixed.get(path));
    let parts: Record<string, string> = {};
    // Matched before decoding, so that an encoded slash stays part of its parameter.
    for (const route of parameterized) {
      const found = route.pattern?.exec(path);
      const method = route.method.toUpperCase();
      if (!found || methods.has(method)) continue;
      methods.set(method, route);
      parts = decodeAll(found.groups ?? {});
    }
    return methods.size > 0 ? { methods, parts } : undefined;
  }

  const known = new Map([...fixed.keys()].map((path) => [path, find(path)]));
  return (path) => known.get(path) ?? find(path);
}

function methodsAt(paths: Map<string, Map<string, Route>>, path: string): Map<string, Route> {
  const methods = paths.get(path) ?? new Map<string, Route>();
  paths.set(path, methods);
  return methods;
}

function decode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // malformed encoding: names nothing
  }
}

const decodeAll = (parts: Record<string, string>) =>
  Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, decode(value)]));
