// cspell:disable
/** Texts to search in, oldest first. */
export const texts = [
  'Done.Thanks for connecting us',
  'yes/no, see issue-5',
  'foo-bar baz',
  'foo then bar',
  'write to ada.lovelace@example.com or see https://example.com/a?b=1&c=%20',
  'he said "hello world" AND left; NOT me, OR NEAR(x)',
  'Straße in ÅRHUS, naïve ΟΔΟΣ',
  '我们明天去北京吃饭',
  '東京へ行きました、テスト',
  'ฉันชอบกินข้าวผัด',
  '각하 한국어',
  '100% * 3 ^ 2',
  '👨‍👩‍👧 is here 👍🏽',
  "it's O'Brien; DROP TABLE users;--",
  'x',
];

/** Each with the texts that it finds, by the numbers above. */
const queries: [query: string, finds: number[]][] = [
  ['Thanks', [0]],
  ['connecti', [0]],
  ['onnect', [0]],
  ['yes/no', [1]],
  ['issue', [1]],
  ['5', [1]],
  ['issue-5', [1]],
  ['foo-bar', [2]],
  ['foo bar', [3, 2]],
  ['bar foo', [3, 2]],
  ['baz foo-b', [2]],
  ['ada.lovelace@example.com', [4]],
  ['https://example.com/a?b=1', [4]],
  ['lovelace', [4]],
  ['"hello world"', [5]],
  ['hello AND', [5]],
  ['NOT me', [5]],
  ['NEAR(x)', [5]],
  ['foo OR bar', []],
  ['foo NOT bar', []],
  ['foo*', [3, 2]],
  ['text:foo', []],
  ['STRASSE', [6]],
  ['århus', [6]],
  ['arhus naive', [6]],
  ['οδός', [6]],
  ['北京', [7]],
  ['去', [7]],
  ['京', [8, 7]],
  ['テスト', [8]],
  ['ข้าว', [9]],
  ['ข', [9]],
  ['한국', [10]],
  ['100%', [11]],
  ['%', [11, 4]],
  ['3 ^ 2', [11]],
  ['👍🏽', [12]],
  ["o'brien", [13]],
  ["'; DROP", [13]],
  ['x', [14, 5, 4]],
  ['a', [13, 6, 5, 4, 3, 2, 0]],
  ['zebra', []],
  ['\\', []],
  ['?!', []],
  ['"', [5]],
];

// cspell:enable
/** What the queries find, newest first. */
export const expected = queries.map(([query, finds]) => [query, finds.map((number) => texts[number])]);

/** What a search finds for each of the queries. */
export async function answersOf(
  search: (query: string) => Promise<string[]>,
): Promise<[query: string, texts: string[]][]> {
  const all: [string, string[]][] = [];
  for (const [query] of queries) all.push([query, await search(query)]);
  return all;
}
