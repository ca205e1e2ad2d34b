import { parse } from 'content-disposition';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanFileName, contentDisposition } from '../../src/server/core/file-names.ts';

describe('cleanFileName', () => {
  it.each([
    [
      'leaves a name as it is',
      'Quarterly report (final), 50% "v2".pdf',
      'Quarterly report (final), 50% "v2".pdf',
    ],
    ['leaves other scripts as they are', 'да 報告 هل.txt', 'да 報告 هل.txt'],
    ['composes characters', 'cafe\u0301.txt', 'caf\u00e9.txt'],
    ['composes across what it removes', 'cafe\u200b\u0301.txt', 'caf\u00e9.txt'],
    ['drops folders', '../../etc/passwd', 'passwd'],
    ['drops folders of Windows', 'C:\\Windows\\system32\\a.dll', 'a.dll'],
    ['drops folders of both', 'a\\b/c\\d.txt', 'd.txt'],
    ['drops folders behind something invisible', '..\u200b/\u200b../a.txt', 'a.txt'],
    ['disarms drives and alternate streams', 'C:a.txt:b.exe', 'C_a.txt_b.exe'],
    ['drops controls', 'a\0b\x07c\x7fd.txt', 'abcd.txt'],
    ['makes line breaks and tabs spaces', 'a\r\nb\tc\u2028d.txt', 'a b c d.txt'],
    ['makes a run of spaces one', 'photo.jpg\u00a0  \u3000   .exe', 'photo.jpg .exe'],
    ['drops what reorders characters', 'a\u202eb.exe\u2069\u200f\u061c', 'ab.exe'],
    [
      'drops what does not show',
      'a\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u3164\u115f\u2800\ufe0f\u{e0041}b',
      'ab',
    ],
    ['drops annotations', 'a\ufff9b\ufffbc', 'abc'],
    ['drops what is not assigned or private', 'a\u0378\ue000\ufffe\u{10ffff}b', 'ab'],
    ['keeps emoji whole', '👨‍👩‍👧 ❤️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿 1️⃣ 🇪🇺 👍🏽.png', '👨‍👩‍👧 ❤️ 🏴󠁧󠁢󠁳󠁣󠁴󠁿 1️⃣ 🇪🇺 👍🏽.png'],
    ['keeps nothing invisible between digits', '1\u200d2\ufe0f3', '123'],
    ['drops dots and spaces at the ends', ' . .. a.txt . ', 'a.txt'],
    ['shows hidden files', '.bashrc', 'bashrc'],
    ['replaces lone surrogates', 'a\ud800b.txt', 'a\ufffdb.txt'],
    ['disarms a device', 'CON', '_CON'],
    ['disarms a device with extensions', 'nul.tar.gz', '_nul.tar.gz'],
    ['disarms a device with a space', 'Aux .txt', '_Aux .txt'],
    ['disarms numbered devices', 'com0.txt', '_com0.txt'],
    ['disarms devices with superscripts', 'LPT\u00b2.txt', '_LPT\u00b2.txt'],
    ['disarms the console', 'conin$', '_conin$'],
    ['leaves what only begins like a device', 'console.log', 'console.log'],
    ['leaves what contains a device', 'my con.txt', 'my con.txt'],
  ])('%s', (_, name, expected) => {
    expect(cleanFileName(name)).toBe(expected);
  });

  it.each(['', ' ', '.', '..', '...', '/', 'a/', '\\', '\u200b', '\n', '\u202e.\u202c', '\u2800'])(
    'names what has no name (%j)',
    (name) => {
      expect(cleanFileName(name)).toBe('file');
    },
  );

  it('keeps the extension of a long name', () => {
    expect(cleanFileName(`${'x'.repeat(300)}.tar`)).toBe(`${'x'.repeat(251)}.tar`);
    expect(cleanFileName(`${'x'.repeat(251)}.tar`)).toBe(`${'x'.repeat(251)}.tar`);
  });

  it('cuts a long name between characters', () => {
    expect(cleanFileName(`${'€'.repeat(100)}.txt`)).toBe(`${'€'.repeat(83)}.txt`);
    expect(cleanFileName(`${'x'.repeat(248)}👨‍👩‍👧.txt`)).toBe(`${'x'.repeat(248)}.txt`);
    expect(cleanFileName(`${'x'.repeat(245)}👨‍👩‍👧.txt`)).toBe(`${'x'.repeat(245)}👨.txt`);
  });

  it('cuts a long name without an extension, and one that is all extension', () => {
    expect(cleanFileName('x'.repeat(256))).toBe('x'.repeat(255));
    expect(cleanFileName(`a.${'x'.repeat(300)}`)).toBe(`a.${'x'.repeat(253)}`);
    expect(cleanFileName(`con.${'x'.repeat(251)}`)).toBe(`_con.${'x'.repeat(250)}`);
    expect(cleanFileName(`${'x'.repeat(250)}. . .txt${'y'.repeat(40)}`)).toBe('x'.repeat(250));
  });

  it('takes time in proportion to the length', () => {
    // The test would time out otherwise.
    expect(cleanFileName(`a${'. '.repeat(200_000)}b`)).toBe('a. b');
  });

  const tricky = fc.constantFrom(
    ...[
      '.',
      ' ',
      '/',
      '\\',
      ':',
      'con',
      'COM1',
      'e',
      '\u0301',
      '\u200d',
      '\ufe0f',
      '\u20e3',
      '1',
      '👨',
      '👩',
      '🏽',
      '❤',
    ],
    ...[
      '\u202e',
      '\u200b',
      '\n',
      '\ud83d',
      '\udc68',
      '\u1100',
      '\u1161',
      '🏴',
      '\u{e0067}',
      '\u{e007f}',
      '🇪',
      '🇺',
      'xyz',
    ],
    ...['x'.repeat(120), '€'.repeat(40), '\u0340', '\u212b', '\u037e', '\u2000', '%', '"', ';'],
  );
  const names = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.array(tricky, { maxLength: 40 }).map((parts) => parts.join('')),
  );

  it('is always valid, and cleaning once is enough', () => {
    // biome-ignore lint/complexity/useRegexLiterals: a literal with this flag needs a newer target
    const emoji = new RegExp('\\p{RGI_Emoji}', 'gv');
    fc.assert(
      fc.property(names, (given) => {
        const name = cleanFileName(given);
        expect(cleanFileName(name)).toBe(name);
        expect(name).not.toBe('');
        expect(name.isWellFormed()).toBe(true);
        expect(name.normalize('NFC')).toBe(name);
        expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
        expect(name).not.toMatch(/[/\\:]/);
        expect(name).not.toMatch(/^[. ]|[. ]$| {2}/);
        expect(name.replace(emoji, '')).not.toMatch(
          /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u,
        );
        expect(name).not.toMatch(/^(con|prn|aux|nul|com\d|lpt\d) *(\.|$)/i);
      }),
      { numRuns: 3000 },
    );
  });

  it('fits any name into a header, from which it can be read', () => {
    fc.assert(
      fc.property(names, (given) => {
        const name = cleanFileName(given);
        const header = contentDisposition(name, 'attachment');
        expect(header).toMatch(/^[\x20-\x7e]+$/);
        expect(parse(header)).toMatchObject({ type: 'attachment', parameters: { filename: name } });
      }),
    );
  });
});

describe('contentDisposition', () => {
  it.each([
    ['plain.txt', 'inline; filename=plain.txt'],
    ['two words.txt', 'inline; filename="two words.txt"'],
    ['a"b;c.txt', 'inline; filename="a\\"b;c.txt"'],
    // Some browsers decode percent signs in plain names.
    ['100%25.txt', "inline; filename=100%25.txt; filename*=UTF-8''100%2525.txt"],
    ['äß€.txt', 'inline; filename="???.txt"; filename*=UTF-8\'\'%C3%A4%C3%9F%E2%82%AC.txt'],
    ["it's (1)*.txt", 'inline; filename="it\'s (1)*.txt"'],
    [
      'a\r\nSet-Cookie: b=c\ud800',
      'inline; filename="a Set-Cookie_ b=c?"; filename*=UTF-8\'\'a%20Set-Cookie_%20b%3Dc%EF%BF%BD',
    ],
  ])('of %j', (name, expected) => {
    expect(contentDisposition(name, 'inline')).toBe(expected);
  });

  it('says whether to show or to save', () => {
    expect(contentDisposition('a', 'attachment')).toBe('attachment; filename=a');
  });
});
