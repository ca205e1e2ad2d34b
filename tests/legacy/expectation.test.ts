import { describe, expect, it } from 'vitest';
import { fillIn, findProblems, type Variables } from './expectation.ts';
import { type Expectation, findReplyProblems, type Reply } from './replay.ts';

const exampleVariables = (): Variables =>
  new Map<string, unknown>([
    ['room:a', 7],
    ['token:a', 'abc'],
    ['i', 3],
  ]);

const sqlTime = (secondsAgo: number) =>
  new Date(Date.now() - secondsAgo * 1000).toISOString().slice(0, 19).replace('T', ' ');

const uuid = '6f1c2b1e-9a52-4c0e-8f3a-0b5d3a1c9e77';
const row = (id: number, time: string) => ({ id, created_at: time });
const newestFirst = { $rows: [{ $any: true }, { $any: true }], $order: 'created_at_desc' };

type Case = [what: string, expected: unknown, good: unknown, bad: unknown];

const cases: Case[] = [
  ['text', 'x', 'x', 'y'],
  ['a number, not its text', 1, 1, '1'],
  ['false, not 0', false, false, 0],
  ['null, not undefined', null, null, undefined],
  ['an object without extra keys', { a: 1 }, { a: 1 }, { a: 1, b: 2 }],
  ['an object with all keys', { a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1 }],
  ['an object, not null', {}, {}, null],
  ['an object, not an array', {}, {}, []],
  ['an array, not an object', [], [], {}],
  ['an array in order', [1, 2], [1, 2], [2, 1]],
  ['an array without extra elements', [1], [1], [1, 2]],
  ['a nested difference', { a: [{ b: 1 }] }, { a: [{ b: 1 }] }, { a: [{ b: 2 }] }],
  ['a placeholder', 'room {{room:a}}, {{i}}', 'room 7, 3', 'room 8, 3'],
  ['a repetition', '{{repeat:a:b:3}}', 'a:ba:ba:b', 'a:b'],
  ['$type any', { $type: 'any' }, null, undefined],
  ['$type int', { $type: 'int' }, 5, 5.5],
  ['$type int with text', { $type: 'int' }, 5, '5'],
  ['$type string', { $type: 'string' }, '', 5],
  ['$type uuid', { $type: 'uuid' }, uuid, `${uuid}0`],
  ['$type uuid with a list', { $type: 'uuid' }, uuid, [uuid]],
  ['$type with $capture', { $capture: 'x', $type: 'int' }, 1, '1'],
  ['$capture of undefined', { $capture: 'x' }, 'token', undefined],
  ['$ref', { $ref: 'room:a' }, 7, '7'],
  ['$any', { a: { $any: true } }, { a: null }, {}],
  ['$absent', { $absent: true }, undefined, '*'],
  ['$int', { $int: true }, -1, 0.5],
  ['$string', { $string: true }, 'x', ''],
  ['$sqltime in the past', { $sqltime: true }, sqlTime(60), sqlTime(3600)],
  ['$sqltime in the future', { $sqltime: true }, sqlTime(-60), sqlTime(-3600)],
  ['$sqltime in ISO format', { $sqltime: true }, sqlTime(0), new Date().toISOString()],
  ['$sqltime of an invalid date', { $sqltime: true }, sqlTime(0), '2024-13-45 00:00:00'],
  ['$sqltime in a list', { $sqltime: true }, sqlTime(0), [sqlTime(0)]],
  ['$epoch in milliseconds', { $epoch: true }, Date.now() / 1000, Date.now()],
  ['$epoch as text', { $epoch: true }, Date.now() / 1000, String(Date.now() / 1000)],
  ['$oneOf', { $oneOf: ['a', { b: { $int: true } }] }, { b: 1 }, { b: 'a' }],
  ['$rows in another order', { $rows: ['a', 'b'] }, ['b', 'a'], ['b', 'c']],
  ['$rows with a general row first', { $rows: [{ $any: true }, 'a'] }, ['b', 'a'], ['b', 'b']],
  ['$rows that match the same row twice', { $rows: ['a', 'a'] }, ['a', 'a'], ['a', 'b']],
  ['$rows count', { $rows: ['a'] }, ['a'], ['a', 'a']],
  ['$rows of an object', { $rows: [] }, [], {}],
  ['$order', newestFirst, [row(1, 'b'), row(2, 'a')], [row(1, 'a'), row(2, 'b')]],
  ['$tie', { ...newestFirst, $tie: 'id_desc' }, [row(2, 'a'), row(1, 'a')], [row(1, 'a'), row(2, 'a')]],
  ['$list length', { $list: { length: 2 } }, ['a', 'b'], ['a']],
  ['$list first', { $list: { first: 'a' } }, ['a', 'b'], ['b', 'a']],
  ['$list last', { $list: { last: 'b' } }, ['a', 'b'], ['b', 'a']],
  ['$list each', { $list: { each: { $int: true } } }, [1, 2], [1, 'b']],
  ['$list of text', { $list: { first: { $any: true } } }, ['a'], 'a'],
  ['$set', { $set: ['GET', 'HEAD'] }, 'HEAD,GET', 'GET, HEAD, POST'],
  ['$set is case-sensitive', { $set: ['GET'] }, 'GET', 'get'],
  ['$set of no items', { $set: [] }, undefined, 'GET'],
  ['$includes', { $includes: 'authorization' }, 'Content-Type, Authorization', 'X-Authorization'],
];

describe('findProblems', () => {
  it.each(cases)('accepts a matching value and rejects another: %s', (_what, expected, good, bad) => {
    expect(findProblems(expected, good, exampleVariables())).toEqual([]);
    expect(findProblems(expected, bad, exampleVariables())).not.toEqual([]);
  });

  it('accepts rows with equal times in any order by default', () => {
    expect(
      findProblems({ ...newestFirst, $tie: 'any' }, [row(1, 'a'), row(2, 'a')], exampleVariables()),
    ).toEqual([]);
  });

  it.each([
    { $strnig: true },
    { $int: true, $strnig: true },
    { $type: 'txet' },
    { $order: 'created_at_desc' },
    { $list: { lenght: 0 } },
    { $list: 0 },
    { $rows: [], $order: 'created_at_asc' },
    { $rows: [], $order: 'created_at_desc', $tie: 'id_asc' },
  ])('rejects unknown matchers: %j', (pattern) => {
    expect(findProblems(pattern, [], exampleVariables())).not.toEqual([]);
  });

  it('reports the path of every difference', () => {
    const expected = { list: [1, { name: 'x' }], other: true };
    expect(findProblems(expected, { list: [1, { name: 'y' }], more: 0 }, exampleVariables())).toEqual([
      '.list[1].name: expected "x", got "y"',
      '.other: missing',
      '.more: not expected, got 0',
    ]);
  });

  it('makes captures available to later comparisons', () => {
    const variables = exampleVariables();
    findProblems({ token: { $capture: 'token:b', $type: 'string' } }, { token: 'xyz' }, variables);
    expect(findProblems([{ $ref: 'token:b' }, '{{token:b}}'], ['xyz', 'xyz'], variables)).toEqual([]);
  });

  it('captures from the matching row only', () => {
    const variables = exampleVariables();
    const expected = { $rows: [{ id: { $capture: 'id' }, text: 'b' }] };
    expect(findProblems(expected, [{ id: 1, text: 'a' }], variables)).not.toEqual([]);
    expect(variables.has('id')).toBe(false);
    expect(findProblems(expected, [{ id: 2, text: 'b' }], variables)).toEqual([]);
    expect(variables.get('id')).toBe(2);
  });

  it('throws on a missing capture', () => {
    expect(() => fillIn('{{token:b}}', exampleVariables())).toThrow('token:b');
    expect(() => findProblems({ $ref: 'room:b' }, 1, exampleVariables())).toThrow('room:b');
  });
});

describe('findReplyProblems', () => {
  const reply: Reply = {
    status: 404,
    headers: { 'content-type': 'application/json; charset=utf-8', allow: 'GET, HEAD' },
    text: '{"error":"no"}',
  };

  it.each<[what: string, good: Expectation, bad: Expectation]>([
    ['status', { status: 404 }, { status: 400 }],
    ['one of several statuses', { status: [200, 404] }, { status: [200, 204] }],
    ['any 4xx', { status: '4xx', json: { error: 'no' } }, { status: 200 }],
    ['json', { status: 404, json: { error: 'no' } }, { status: 404, json: { error: 'yes' } }],
    ['text', { status: 404, text: '{"error":"no"}' }, { status: 404, text: '' }],
    [
      'content type',
      { status: 404, content_type: 'application/json' },
      { status: 404, content_type: 'text/html' },
    ],
    [
      'header',
      { status: 404, headers: { Allow: { $set: ['HEAD', 'GET'] } } },
      { status: 404, headers: { allow: { $absent: true } } },
    ],
  ])('compares the %s', (_what, good, bad) => {
    expect(findReplyProblems(good, reply, exampleVariables())).toEqual([]);
    expect(findReplyProblems(bad, reply, exampleVariables())).not.toEqual([]);
  });

  it('does not accept 2xx or 5xx as 4xx', () => {
    expect(findReplyProblems({ status: '4xx' }, { ...reply, status: 500 }, exampleVariables())).not.toEqual(
      [],
    );
    expect(findReplyProblems({ status: '4xx' }, { ...reply, status: 200 }, exampleVariables())).not.toEqual(
      [],
    );
  });

  it('requires the JSON content type and valid JSON', () => {
    const expected: Expectation = { status: 404, json: { $any: true } };
    const asHtml = { ...reply, headers: { 'content-type': 'text/html' } };
    expect(findReplyProblems(expected, asHtml, exampleVariables())).not.toEqual([]);
    expect(findReplyProblems(expected, { ...reply, text: '<p>no</p>' }, exampleVariables())).not.toEqual([]);
  });
});
