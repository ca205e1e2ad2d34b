import fc from 'fast-check';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { FormattedText, plainText } from '../../src/web/formatting/formatted-text.tsx';

/** The HTML of a message, without what is always there. */
const shown = (text: string) =>
  renderToStaticMarkup(createElement(FormattedText, { text }))
    .replace(/^<div class="message-text">(.*)<\/div>$/s, '$1')
    .replaceAll(' dir="auto"', '')
    .replaceAll(' target="_blank" rel="noopener noreferrer nofollow"', '');

/** What a reader sees of it. */
const read = (text: string) =>
  shown(text)
    .replaceAll(/<[^>]+>/g, '')
    .replaceAll(
      /&(lt|gt|quot|#x27|amp);/g,
      (_, name) => ({ lt: '<', gt: '>', quot: '"', amp: '&' })[name as string] ?? "'",
    );

const link = (href: string, text = href) => `<a href="${href}">${text}</a>`;
const named = (href: string, text: string) => `<a href="${href}" title="${href}"><bdi>${text}</bdi></a>`;

describe('shows', () => {
  it.each([
    ['**a** and __b__', '<p><strong>a</strong> and <strong>b</strong></p>'],
    ['*a* and _b_', '<p><em>a</em> and <em>b</em></p>'],
    ['~~a~~', '<p><del>a</del></p>'],
    ['**a _b_**', '<p><strong>a <em>b</em></strong></p>'],
    ['`a *b* <i>`', '<p><code>a *b* &lt;i&gt;</code></p>'],
    ['`` `a` ``', '<p><code>`a`</code></p>'],
    ['```a\nb```', '<p><code>a\nb</code></p>'],
    ['a\nb\n\n\nc', '<p>a\nb\n\n\nc</p>'],
  ])('marks and line breaks: %j', (text, html) => {
    expect(shown(text)).toBe(html);
  });

  it.each([
    ['```\n*a*\n\n  b\n```', '<div class="code-block"><pre tabindex="0"><code>*a*\n\n  b</code></pre></div>'],
    [
      '~~~ts\na\n~~~\nb',
      '<div class="code-block"><p class="code-info">ts</p><pre tabindex="0"><code>a</code></pre></div><p>b</p>',
    ],
    ['> a\n> b\nc', '<blockquote><div>a\nb</div></blockquote><p>c</p>'],
    ['> a\n>> b', '<blockquote><div>a</div><blockquote><div>b</div></blockquote></blockquote>'],
    ['- a\n- **b**', '<ul><li><div>a</div></li><li><div><strong>b</strong></div></li></ul>'],
    ['x\n* a\n  * b\ny', '<p>x</p><ul><li><div>a</div><ul><li><div>b</div></li></ul></li></ul><p>y</p>'],
    ['3. a\n7. b', '<ol><li value="3"><div>a</div></li><li value="7"><div>b</div></li></ol>'],
  ])('blocks: %j', (text, html) => {
    expect(shown(text)).toBe(html);
  });

  it.each([
    ['[a *b*](https://a.example/x)', named('https://a.example/x', 'a <em>b</em>')],
    ['[a](http://a.example/)', named('http://a.example/', 'a')],
    ['[write](mailto:a@b.example)', named('mailto:a@b.example', 'write')],
    ['<https://a.example/>', named('https://a.example/', 'https://a.example/')],
    ['https://a.example/_a_/~b~', link('https://a.example/_a_/~b~')],
    ['**https://a.example/**', `<strong>${link('https://a.example/')}</strong>`],
    ['(http://a.example/b).', `(${link('http://a.example/b')}).`],
  ])('links: %j', (text, html) => {
    expect(shown(text)).toBe(`<p>${html}</p>`);
  });

  it.each([
    'https://bank.example',
    'bank.example/login',
    'me@bank.example',
    'bank．example',
    '`bank.example`',
  ])('where the link %j really leads', (text) => {
    expect(shown(`[${text}](https://evil.example)`)).toMatch(
      /^<p><a [^>]+>.*bank.*<\/a> \(<bdi dir="ltr">https:\/\/evil\.example\/<\/bdi>\)<\/p>$/,
    );
  });

  it('no address after a link that names it, or is a word', () => {
    for (const text of ['https://evil.example', 'evil.example', 'evil'])
      expect(shown(`[${text}](https://evil.example/)`)).toMatch(/<\/a><\/p>$/);
  });

  it('each block in the direction of its text, and names of links on their own', () => {
    const html = renderToStaticMarkup(
      createElement(FormattedText, { text: 'a [\u05d0](https://a.example/) `b`\n- \u05d0\n> c' }),
    );
    expect(html).toMatch(/<p dir="auto">a <a [^>]+><bdi>\u05d0<\/bdi><\/a> <code dir="auto">b<\/code><\/p>/);
    expect(html).toMatch(/<ul dir="auto">.*<\/ul><blockquote dir="auto">/);
  });
});

describe('shows as it was written', () => {
  it.each([
    'a < b && c > d',
    '&amp; &lt;b&gt; &#65; &nbsp;',
    '\\*a\\* ¯\\_(ツ)_/¯ C:\\_x',
    '<img src="x" onerror="alert(\'1\')">',
    '<script>alert(1)</script>',
    '<!-- a -->\n<div>\n\nb</div>',
    '<details><summary>a',
    '![a](https://a.example/a.png)',
    '# a\n## b ##',
    'a\n===\nb\n---',
    '---\n***\n* * *',
    '| a | b |\n|---|---|\n| c | d |',
    '[a]: https://a.example\n[a] [b][a]',
    '[a](javascript:alert(1))',
    '[a](JavaScript:alert`1`)',
    '[a](data:text/html,b)',
    '[a](vbscript:b) [a](file:///b) [a](ftp://a.example)',
    '[a](/b) [a](b) list[0](c) []() [](https://a.example)',
    '[a](https://a.example "b")',
    '<javascript:alert(1)> <ftp://a.example>',
    '-',
    '+',
    '1.',
    '007. Bond',
    '>',
    '```',
    '```\n```',
    '```\n[a] b',
    'snake_case_name 2 * 3 * 4 a ~ b ~ c',
    'www.a.example a@b.example',
  ])('%j', (text) => {
    expect(read(text)).toBe(text);
    expect(shown(text)).not.toMatch(/<(?!\/?p>|\/?a[ >])/);
    expect(shown(text)).not.toMatch(/href="(?!https:)/);
  });

  it('the boxes of tasks', () => {
    expect(shown('- [ ] a\n- [x] b')).toBe('<ul><li><div>[ ] a</div></li><li><div>[x] b</div></li></ul>');
  });

  it.each([
    ['quotes', '> '.repeat(100)],
    ['lists', `${'- '.repeat(40)}a`],
    ['marks', `${'*a '.repeat(100)}${'b*'.repeat(100)}`],
  ])('%s that are nested too deep', (_what, text) => {
    let depth = 0;
    const depths = [...shown(text).matchAll(/<(\/?)(?:blockquote|ul|em)>/g)].map(([, end]) => {
      depth += end ? -1 : 1;
      return depth;
    });
    expect(Math.max(...depths)).toBe(8);
  });

  it('every letter', () => {
    const marks = '** ~~ ``` ]( \n\n \n``` \n> \n- \n1. \n# \n---\n \n===\n \n|-|\n <!-- &#x41; &amp;'.split(
      ' ',
    );
    const piece = fc.constantFrom(...'ab \t\n*_~`\\<>![])|":&', '    ', '- ', '> ', ...marks);
    const letters = (text: string) => text.replaceAll(/[^a-z]/g, '');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        expect(letters(read(text))).toBe(letters(text));
      }),
    );
  });

  it('texts with so many marks that they would take long', () => {
    const line = 'a*b*c ';
    expect(shown(line)).toContain('<em>');
    const long = line.repeat(2000).trim();
    expect(shown(long)).toBe(`<p>${long}</p>`);
    const lines = '- a\n'.repeat(1000).trim();
    expect(shown(lines)).toBe(`<p>${lines}</p>`);
  });

  it('no other block than the one with many marks', () => {
    expect(shown(`**a**\n\n> b\n\n${'a*b*c '.repeat(1000)}`)).toMatch(
      /^<p><strong>a<\/strong><\/p><blockquote>/,
    );
  });
});

describe('the text without its marks', () => {
  it.each([
    ['**a** [b](https://a.example) `c`', 'a b c'],
    ['> a\n\n- b\n- c\n\n2. d\n\n```ts\ne\n```', 'a\n• b\n• c\n2. d\ne'],
    ['<b> &amp; [x](javascript:y)', '<b> &amp; [x](javascript:y)'],
  ])('of %j', (text, plain) => {
    expect(plainText(text)).toBe(plain);
  });
});
