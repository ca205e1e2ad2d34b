import type { Route } from '../route.ts';
import type { Question } from './examples/example.ts';
import type { WireRequest } from './examples/steps.ts';

/** The request of an example. Nothing in a path or query of these needs to be encoded. */
export function ask(route: Route, { as, fields = {} }: Question): WireRequest {
  const authorization = as && { Authorization: `{{${as}}}` };
  if (route.method === 'post')
    return {
      method: 'POST',
      path: route.path,
      headers: { 'Content-Type': 'application/json', ...authorization },
      json: fields,
    };
  const inPath = partsOf(route.path);
  const path = inPath.reduce<string>(
    (filled, name) => filled.replace(`{${name}}`, String(fields[name])),
    route.path,
  );
  const query = Object.entries(fields).filter(([name]) => !inPath.includes(name));
  return {
    method: 'GET',
    path: query.length === 0 ? path : `${path}?${query.map(([name, value]) => `${name}=${value}`).join('&')}`,
    ...(authorization && { headers: authorization }),
  };
}

/** The names of the parts of a path that vary. */
export const partsOf = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
