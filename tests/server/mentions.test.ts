import { describe, expect, it } from 'vitest';
import { possibleMentions } from '../../src/server/core/mentions.ts';

const longest = (text: string) => possibleMentions(text).map(([name]) => name);

describe('finds what may be mentioned', () => {
  it.each([
    ['hello @ada', ['ada']],
    ['@ada and @bob', ['ada', 'bob']],
    ['(@ada)', ['ada)']],
    ['@"Ada Lovelace" here', ['Ada Lovelace']],
    ['@"not closed', ['"not']],
    ['line\n@ada', ['ada']],
    ['@Zoë 你好 @北京', ['Zoë', '北京']],
    ['an address: ada@example.com', []],
    ['ada.@bob', []],
    ['@@ada', ['@ada']],
    ['@ ada', []],
    ['no mention', []],
  ])('in %j', (text, names) => {
    expect(longest(text)).toEqual(names);
  });

  it('with every name that a word can begin with', () => {
    expect(possibleMentions('@ada.b, you')).toEqual([['ada.b,', 'ada.b', 'ada']]);
    expect(possibleMentions("@ada's")).toEqual([["ada's", 'ada']]);
    expect(possibleMentions('@adam')).toEqual([['adam']]);
  });
});

describe('finds nothing in code', () => {
  it.each([
    ['`@ada`', []],
    ['``a ` @ada`` @bob', ['bob']],
    ['`` @ada `', ['ada']],
    ['` @ada', ['ada']],
    ['`a` @ada `b`', ['ada']],
    ['`one\n@ada\ntwo` @bob', ['bob']],
    ['```\n@ada\n```\n@bob', ['bob']],
    ['```ts\n@ada\n``\n@eve\n```\n@bob', ['bob']],
    ['~~~\n@ada\n```\n@eve\n~~~\n@bob', ['bob']],
    ['````\n@ada\n```\n@eve\n`````\n@bob', ['bob']],
    // A block that nothing closes is text, as the web client shows it.
    ['```\n@ada', ['ada']],
    ['````\n@ada\n```\n@bob', ['ada', 'bob']],
    ['```\n@ada\n~~~\n@eve\n~~~', ['ada']],
    ['```\n@ada\n``` ts\n@eve\n```\n@bob', ['bob']],
    ['```@ada``` @bob\n@eve', ['bob', 'eve']],
    // Blocks in lists and quotes.
    ['- ```js\n  @eve\n  ```\n@bob look\n```\ny\n```', ['bob']],
    ['1. ```\n   @eve\n   ```\n   @ada', ['ada']],
    ['- a\n  ```\n  @eve\n  ```\n- @ada', ['ada']],
    ['> ```\n> @eve\n> ```\n> @ada', ['ada']],
    // A span ends with its paragraph.
    ['- a ` b\n- @bob ` c', ['bob']],
    ['> a ` b\n@bob ` c', ['bob']],
    ['a ` b\n> @bob ` c', ['bob']],
    ['- a ` b\n  @eve ` @ada', ['ada']],
    ['> a ` b\n> @eve ` @ada', ['ada']],
    ['` @ada\n```\n@eve\n```\n@bob `', ['ada', 'bob']],
    ['` @ada\n \n@bob `', ['ada', 'bob']],
    ['    ```\n@ada', ['ada']],
  ])('as in %j', (text, names) => {
    expect(longest(text)).toEqual(names);
  });
});

it('looks at a bounded number of mentions and names, however long the text is', () => {
  const many = possibleMentions('@ada '.repeat(3000));
  expect(many).toHaveLength(50);
  const [names] = possibleMentions(`@${'a.'.repeat(8000)}`);
  expect(names?.length).toBeLessThanOrEqual(10);
  for (const name of names ?? []) expect(name.length).toBeLessThanOrEqual(100);
});

it('takes linear time for blocks that nothing closes', () => {
  const openings = Array.from({ length: 100 }, (_, index) => `${'`'.repeat(110 - index)} x`).join('\n');
  expect(longest(`${openings}${'\n'.repeat(10_000)}@ada`)).toEqual(['ada']);
});
