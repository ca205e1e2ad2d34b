import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { FormattedText } from '../../src/web/formatting/formatted-text.tsx';
import { MentionsContext, mentionsIn } from '../../src/web/formatting/mentions.tsx';

/** The text with its mentions in brackets. */
const marked = (text: string, ...names: string[]) =>
  mentionsIn(text, names)
    .map(({ part, isMention }) => (isMention ? `[${part}]` : part))
    .join('');

describe('marks', () => {
  it.each([
    ['@ada', '[@ada]'],
    ['@ada, look! (@ada)', '[@ada], look! ([@ada])'],
    ['soup for @"ada of london"?', 'soup for [@"ada of london"]?'],
    ['@ada of london', '[@ada] of london'],
    ['@ada-marie', '[@ada-marie]'],
    ['@ada-', '[@ada]-'],
    ['@room @bob', '[@room] @bob'],
    ['ask a.@ada or @@ada', 'ask a.@ada or @@ada'],
    ['ada@ada @adam @ada_ @Ada', 'ada@ada @adam @ada_ @Ada'],
    ['@"ada"', '[@"ada"]'],
    ['@"ada', '@"ada'],
    ['nobody', 'nobody'],
    ['', ''],
  ])('the names of those who are mentioned: %j', (text, expected) => {
    expect(marked(text, 'ada', 'ada-marie', 'ada of london', 'room')).toBe(expected);
  });

  it('names with characters that patterns have a meaning for', () => {
    expect(marked('@a.b @axb @[c]$ @"d|e"', 'a.b', '[c]$', 'd|e')).toBe('[@a.b] @axb [@[c]$] [@"d|e"]');
  });
});

it('marks mentions in text of any formatting, but neither in code nor in links', () => {
  const text = '*@ada* `@ada` https://a.example/@ada\n> @ada\n\n```\n@ada\n```';
  const formatted = createElement(FormattedText, { text });
  const html = renderToStaticMarkup(
    createElement(MentionsContext, { value: { names: ['ada'], includesReader: true } }, formatted),
  );
  const mention = '<strong class="mention">@ada</strong>';
  expect(html).toContain(`<em>${mention}</em> <code dir="auto">@ada</code>`);
  expect(html).toContain(`<blockquote dir="auto"><div>${mention}</div></blockquote>`);
  expect(html.split(mention)).toHaveLength(3);
  expect(renderToStaticMarkup(formatted)).not.toContain('mention');
});
