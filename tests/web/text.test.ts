import { expect, it } from 'vitest';
import { text } from '../../src/web/text.ts';

const isolated = (name: string) => `\u2068${name}\u2069`;

it('isolates names of another writing direction in sentences', () => {
  expect(text.members.status('\u05d0\u05d1', true)).toBe(`${isolated('\u05d0\u05d1')}, online`);
  expect(text.conversation.typing(['ada', '\u0639\u0644\u064a'])).toBe(
    `ada and ${isolated('\u0639\u0644\u064a')} are typing…`,
  );
  expect(text.inbox.own('\u05d0')).toBe(`You: ${isolated('\u05d0')}`);
});

it('adds nothing to names in ASCII', () => {
  expect(text.rooms.leaveTitle('attic')).toBe('Leave attic?');
});

it('keeps names within their isolation', () => {
  const name = 'a\u2069\u202eb';
  expect(text.profile.show(name)).toBe(`Profile of ${isolated('ab')}`);
});

it.each([
  [1, '1 second'],
  [90, '90 seconds'],
  [900, '15 minutes'],
  [3600, '1 hour'],
  [86_400, '1 day'],
  [10 * 86_400, '10 days'],
  [14 * 86_400, '2 weeks'],
  [90 * 86_400, '3 months'],
  [365 * 86_400, '1 year'],
])('says how long %i seconds are', (seconds, words) => {
  expect(text.common.duration(seconds)).toBe(words);
});
