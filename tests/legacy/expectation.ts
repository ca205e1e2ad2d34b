import { isDeepStrictEqual } from 'node:util';

/** Values by name: captures such as `token:alice`, and `i`, the number of the current repetition. */
export type Variables = Map<string, unknown>;

/** An object whose keys start with `$` is a matcher; any other object is compared as is. */
type Pattern = Record<string, unknown>;
type Matcher = (pattern: Pattern, actual: unknown, variables: Variables) => string[];

/**
 * Compares a value with its expectation and returns the differences; an empty list is a match. Captures are added to
 * `variables`. Throws on a placeholder without a capture, which is an error in the recording.
 */
export function findProblems(expected: unknown, actual: unknown, variables: Variables): string[] {
  if (Array.isArray(expected)) return compareArrays(expected, actual, variables);
  if (isRecord(expected)) {
    const isPattern = Object.keys(expected).some((key) => key.startsWith('$'));
    return (isPattern ? matchPattern : compareObjects)(expected, actual, variables);
  }
  return compareValues(typeof expected === 'string' ? fillIn(expected, variables) : expected, actual);
}

/** Replaces `{{name}}` by its value and `{{repeat:text:n}}` by the text repeated n times. */
export function fillIn(template: string, variables: Variables): string {
  return template.replace(/\{\{([^{}]+)\}\}/g, (_, name: string) => {
    if (!name.startsWith('repeat:')) return String(lookUp(name, variables));
    const end = name.lastIndexOf(':');
    return name.slice('repeat:'.length, end).repeat(Number(name.slice(end + 1)));
  });
}

/** Prefixes problems with the path of the part that they are about. */
export function within(path: string, problems: string[]): string[] {
  return problems.map((problem) => path + problem);
}

/** Matchers of a single value; the argument is the matcher's value in the recording. */
const checks: Record<string, (actual: unknown, argument: unknown) => boolean> = {
  $any: () => true,
  $absent: (actual) => actual === undefined,
  $int: (actual) => Number.isInteger(actual),
  $string: (actual) => typeof actual === 'string' && actual !== '',
  $sqltime: (actual) => isNow(parseSqlTime(actual)),
  $epoch: (actual) => typeof actual === 'number' && isNow(actual * 1000),
  $set: (actual, items) => isDeepStrictEqual(splitList(actual).sort(), asArray(items).map(String).sort()),
  $includes: (actual, item) => splitList(actual).some((have) => isSameWord(have, String(item))),
  $type: (actual, type) => types[String(type)]?.(actual) ?? false,
};

const matchers: Record<string, Matcher> = {
  $capture: capture,
  $ref: ({ $ref }, actual, variables) => compareValues(lookUp(String($ref), variables), actual),
  $oneOf: ({ $oneOf }, actual, variables) =>
    expectThat(
      asArray($oneOf).some((option) => matches(option, actual, variables)),
      `one of ${show($oneOf)}`,
      actual,
    ),
  $rows: matchRows,
  $list: matchList,
};

/** Keys that refine another matcher of the same object. */
const modifiers = ['$order', '$tie'];

const uuidShape = /^[\da-f]{8}-[\da-f]{4}-[1-8][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/i;

const types: Record<string, (value: unknown) => boolean> = {
  any: (value) => value !== undefined,
  int: Number.isInteger,
  string: (value) => typeof value === 'string',
  uuid: (value) => typeof value === 'string' && uuidShape.test(value),
};

function matchPattern(pattern: Pattern, actual: unknown, variables: Variables): string[] {
  const keys = Object.keys(pattern).filter((key) => !modifiers.includes(key));
  // A misspelt matcher, or a modifier alone, must not match everything.
  if (keys.length === 0 || keys.some((key) => !checks[key] && !matchers[key]))
    return [`: no such matcher: ${show(pattern)}`];
  return keys.flatMap((key) => {
    const fits = checks[key]?.(actual, pattern[key]) ?? true;
    return matchers[key]?.(pattern, actual, variables) ?? expectThat(fits, show(pattern), actual);
  });
}

function capture({ $capture }: Pattern, actual: unknown, variables: Variables): string[] {
  variables.set(String($capture), actual);
  return expectThat(actual !== undefined, 'something to capture', actual);
}

/** Pairs each expected row with an actual row, in any order unless `$order` is given. */
function matchRows({ $rows, $order, $tie }: Pattern, actual: unknown, variables: Variables): string[] {
  const rows = asArray($rows);
  if (!Array.isArray(actual) || actual.length !== rows.length)
    return expectThat(false, `${rows.length} rows`, actual);
  const left = [...actual];
  const missing = rows.filter((row) => {
    const found = left.findIndex((candidate) => matches(row, candidate, variables));
    if (found >= 0) left.splice(found, 1);
    return found < 0;
  });
  return [
    ...missing.flatMap((row) => expectThat(false, `a row ${show(row)}`, left)),
    ...($order === undefined ? [] : findDisorder(actual, $order, $tie)),
  ];
}

function findDisorder(rows: Pattern[], order: unknown, tie: unknown = 'any'): string[] {
  if (order !== 'created_at_desc' || (tie !== 'any' && tie !== 'id_desc'))
    return [`: no such order: ${order}, ${tie}`];
  return rows.slice(1).flatMap((row, index) => {
    const above = rows[index] ?? {};
    const isLater = String(row.created_at) > String(above.created_at);
    const isTied = tie === 'id_desc' && row.created_at === above.created_at;
    const isNewer = isLater || (isTied && Number(row.id) > Number(above.id));
    return isNewer ? [`[${index + 1}]: newer than the row above it`] : [];
  });
}

function matchList({ $list }: Pattern, actual: unknown, variables: Variables): string[] {
  if (!Array.isArray(actual)) return expectThat(false, 'a list', actual);
  return Object.entries(isRecord($list) ? $list : { list: $list }).flatMap(([aspect, expected]) => {
    if (aspect === 'length') return within('.length', compareValues(expected, actual.length));
    if (aspect === 'first') return within('[0]', findProblems(expected, actual[0], variables));
    if (aspect === 'last') return within('[last]', findProblems(expected, actual.at(-1), variables));
    if (aspect === 'each')
      return actual.flatMap((item, n) => within(`[${n}]`, findProblems(expected, item, variables)));
    return [`: no such aspect of a list: ${aspect}`];
  });
}

function compareArrays(expected: unknown[], actual: unknown, variables: Variables): string[] {
  if (!Array.isArray(actual) || actual.length !== expected.length)
    return expectThat(false, `${expected.length} elements`, actual);
  return expected.flatMap((item, n) => within(`[${n}]`, findProblems(item, actual[n], variables)));
}

function compareObjects(expected: Pattern, actual: unknown, variables: Variables): string[] {
  if (!isRecord(actual)) return expectThat(false, 'an object', actual);
  return [...new Set([...Object.keys(expected), ...Object.keys(actual)])].flatMap((key) => {
    if (!Object.hasOwn(actual, key)) return [`.${key}: missing`];
    if (!Object.hasOwn(expected, key)) return [`.${key}: not expected, got ${show(actual[key])}`];
    return within(`.${key}`, findProblems(expected[key], actual[key], variables));
  });
}

function compareValues(expected: unknown, actual: unknown): string[] {
  return expectThat(isDeepStrictEqual(expected, actual), show(expected), actual);
}

/** Compares with a copy of the variables, so that a failed comparison leaves no captures. */
function matches(expected: unknown, actual: unknown, variables: Variables): boolean {
  const attempt = new Map(variables);
  if (findProblems(expected, actual, attempt).length > 0) return false;
  for (const [name, value] of attempt) variables.set(name, value);
  return true;
}

function lookUp(name: string, variables: Variables): unknown {
  if (!variables.has(name)) throw new Error(`no capture named ${name}`);
  return variables.get(name);
}

function parseSqlTime(value: unknown): number {
  const isShaped = typeof value === 'string' && /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(value);
  return isShaped ? Date.parse(`${value.replace(' ', 'T')}Z`) : Number.NaN;
}

const isNow = (timeMs: number) => Math.abs(timeMs - Date.now()) < 15 * 60_000;
const isSameWord = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const asArray = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
const isRecord = (value: unknown): value is Pattern =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function splitList(header: unknown): string[] {
  const items = String(header ?? '').split(',');
  return items.map((item) => item.trim()).filter(Boolean);
}

function expectThat(holds: boolean, wanted: string, actual: unknown): string[] {
  return holds ? [] : [`: expected ${wanted}, got ${show(actual)}`];
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
