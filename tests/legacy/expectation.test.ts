import { describe, expect, it } from 'vitest';
import { fillIn, findProblems, type Variables } from './expectation.ts';
import { type Expectation, findReplyProblems, type Reply } from './replay.ts';

const known = (): Variables =>
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
  ['a text', 'x', 'x', 'y'],
  ['a number and not its text', 1, 1, '1'],
  ['false and not 0', false, false, 0],
  ['null and not nothing', null, null, undefined],
  ['an object with no other key', { a: 1 }, { a: 1 }, { a: 1, b: 2 }],
  ['an object with every key', { a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1 }],
  ['an object and not null', {}, {}, null],
  ['an object and not an array', {}, {}, []],
  ['an array and not an object', [], [], {}],
  ['an array in its order', [1, 2], [1, 2], [2, 1]],
  ['an array with no further element', [1], [1], [1, 2]],
  ['a difference deep down', { a: [{ b: 1 }] }, { a: [{ b: 1 }] }, { a: [{ b: 2 }] }],
  ['a placeholder', 'room {{room:a}}, {{i}}', 'room 7, 3', 'room 8, 3'],
  ['a repetition', '{{repeat:a:b:3}}', 'a:ba:ba:b', 'a:b'],
  ['$type any', { $type: 'any' }, null, undefined],
  ['$type int', { $type: 'int' }, 5, 5.5],
  ['$type int of a text', { $type: 'int' }, 5, '5'],
  ['$type string', { $type: 'string' }, '', 5],
  ['$type uuid', { $type: 'uuid' }, uuid, `${uuid}0`],
  ['$type uuid of a list', { $type: 'uuid' }, uuid, [uuid]],
  ['$type of a captured value', { $capture: 'x', $type: 'int' }, 1, '1'],
  ['$capture of nothing', { $capture: 'x' }, 'token', undefined],
  ['$ref', { $ref: 'room:a' }, 7, '7'],
  ['$any', { a: { $any: true } }, { a: null }, {}],
  ['$absent', { $absent: true }, undefined, '*'],
  ['$int', { $int: true }, -1, 0.5],
  ['$string', { $string: true }, 'x', ''],
  ['$sqltime long ago', { $sqltime: true }, sqlTime(60), sqlTime(3600)],
  ['$sqltime to come', { $sqltime: true }, sqlTime(-60), sqlTime(-3600)],
  ['$sqltime in ISO form', { $sqltime: true }, sqlTime(0), new Date().toISOString()],
  ['$sqltime of no day', { $sqltime: true }, sqlTime(0), '2024-13-45 00:00:00'],
  ['$sqltime in a list', { $sqltime: true }, sqlTime(0), [sqlTime(0)]],
  ['$epoch in milliseconds', { $epoch: true }, Date.now() / 1000, Date.now()],
  ['$epoch as text', { $epoch: true }, Date.now() / 1000, String(Date.now() / 1000)],
  ['$oneOf', { $oneOf: ['a', { b: { $int: true } }] }, { b: 1 }, { b: 'a' }],
  ['$rows in another order', { $rows: ['a', 'b'] }, ['b', 'a'], ['b', 'c']],
  ['$rows one by one', { $rows: [{ $any: true }, 'a'] }, ['b', 'a'], ['b', 'b']],
  ['$rows that match one row twice', { $rows: ['a', 'a'] }, ['a', 'a'], ['a', 'b']],
  ['$rows in number', { $rows: ['a'] }, ['a'], ['a', 'a']],
  ['$rows of no array', { $rows: [] }, [], {}],
  ['$order', newestFirst, [row(1, 'b'), row(2, 'a')], [row(1, 'a'), row(2, 'b')]],
  ['$tie', { ...newestFirst, $tie: 'id_desc' }, [row(2, 'a'), row(1, 'a')], [row(1, 'a'), row(2, 'a')]],
  ['$list length', { $list: { length: 2 } }, ['a', 'b'], ['a']],
  ['$list first', { $list: { first: 'a' } }, ['a', 'b'], ['b', 'a']],
  ['$list last', { $list: { last: 'b' } }, ['a', 'b'], ['b', 'a']],
  ['$list each', { $list: { each: { $int: true } } }, [1, 2], [1, 'b']],
  ['$list of no elements', { $list: { first: { $any: true } } }, ['a'], 'a'],
  ['$set', { $set: ['GET', 'HEAD'] }, 'HEAD,GET', 'GET, HEAD, POST'],
  ['$set in its spelling', { $set: ['GET'] }, 'GET', 'get'],
  ['$set of nothing', { $set: [] }, undefined, 'GET'],
  ['$includes', { $includes: 'authorization' }, 'Content-Type, Authorization', 'X-Authorization'],
];

describe('the matcher', () => {
  it.each(cases)('takes what fits and refuses what does not: %s', (_what, expected, good, bad) => {
    expect(findProblems(expected, good, known())).toEqual([]);
    expect(findProblems(expected, bad, known())).not.toEqual([]);
  });

  it('lets rows of one time stand in any order, unless told otherwise', () => {
    expect(findProblems({ ...newestFirst, $tie: 'any' }, [row(1, 'a'), row(2, 'a')], known())).toEqual([]);
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
  ])('does not take a misspelt matcher for one that fits: %j', (pattern) => {
    expect(findProblems(pattern, [], known())).not.toEqual([]);
  });

  it('tells where a value differs, and all the places at once', () => {
    const expected = { list: [1, { name: 'x' }], other: true };
    expect(findProblems(expected, { list: [1, { name: 'y' }], more: 0 }, known())).toEqual([
      '.list[1].name: expected "x", got "y"',
      '.other: missing',
      '.more: not expected, got 0',
    ]);
  });

  it('hands on what it captures', () => {
    const variables = known();
    findProblems({ token: { $capture: 'token:b', $type: 'string' } }, { token: 'xyz' }, variables);
    expect(findProblems([{ $ref: 'token:b' }, '{{token:b}}'], ['xyz', 'xyz'], variables)).toEqual([]);
  });

  it('captures from the row that fits, and not from those it tried before', () => {
    const variables = known();
    const expected = { $rows: [{ id: { $capture: 'id' }, text: 'b' }] };
    expect(findProblems(expected, [{ id: 1, text: 'a' }], variables)).not.toEqual([]);
    expect(variables.has('id')).toBe(false);
    expect(findProblems(expected, [{ id: 2, text: 'b' }], variables)).toEqual([]);
    expect(variables.get('id')).toBe(2);
  });

  it('throws on what was never captured', () => {
    expect(() => fillIn('{{token:b}}', known())).toThrow('token:b');
    expect(() => findProblems({ $ref: 'room:b' }, 1, known())).toThrow('room:b');
  });
});

describe('the comparison of a reply', () => {
  const reply: Reply = {
    status: 404,
    headers: { 'content-type': 'application/json; charset=utf-8', allow: 'GET, HEAD' },
    text: '{"error":"no"}',
  };

  it.each<[what: string, good: Expectation, bad: Expectation]>([
    ['status', { status: 404 }, { status: 400 }],
    ['one of several', { status: [200, 404] }, { status: [200, 204] }],
    ['any refusal', { status: '4xx', json: { error: 'no' } }, { status: 200 }],
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
  ])('looks at the %s', (_what, good, bad) => {
    expect(findReplyProblems(good, reply, known())).toEqual([]);
    expect(findReplyProblems(bad, reply, known())).not.toEqual([]);
  });

  it('counts success as no refusal', () => {
    expect(findReplyProblems({ status: '4xx' }, { ...reply, status: 500 }, known())).not.toEqual([]);
    expect(findReplyProblems({ status: '4xx' }, { ...reply, status: 200 }, known())).not.toEqual([]);
  });

  it('wants JSON that says that it is JSON', () => {
    const expected: Expectation = { status: 404, json: { $any: true } };
    const asHtml = { ...reply, headers: { 'content-type': 'text/html' } };
    expect(findReplyProblems(expected, asHtml, known())).not.toEqual([]);
    expect(findReplyProblems(expected, { ...reply, text: '<p>no</p>' }, known())).not.toEqual([]);
  });
});
