import type { Route } from '../route.ts';
import type { ExampleRequest } from './examples/example.ts';
import { formOf } from './examples/form.ts';
import type { WireRequest } from './examples/steps.ts';

/** The HTTP request of an example. Examples use only values that need no URL encoding. */
export function requestFor(route: Route, { as, fields = {} }: ExampleRequest): WireRequest {
  const authorization = as && { Authorization: `{{${as}}}` };
  if (route.form) {
    const { headers, ...form } = formOf(fields);
    return { method: 'POST', path: route.path, headers: { ...headers, ...authorization }, ...form };
  }
  if (route.method === 'post')
    return {
      method: 'POST',
      path: route.path,
      headers: { 'Content-Type': 'application/json', ...authorization },
      json: fields,
    };
  const inPath = pathParameters(route.path);
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

/** The names of a path's parameters. */
export const pathParameters = (path: string): string[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
