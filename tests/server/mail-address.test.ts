import { expect, it } from 'vitest';
import { mailableAddress } from '../../src/server/core/mail-address.ts';

it.each([
  ['ada@example.com', 'ada@example.com'],
  ["o'neil+chat@mail.example.com", "o'neil+chat@mail.example.com"],
  ['Ada@EXAMPLE.com', 'Ada@example.com'],
  ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
])('takes %s', (text, address) => {
  expect(mailableAddress(text)).toBe(address);
});

it.each([
  '',
  'ada',
  '@example.com',
  'ada@',
  'ada@example',
  'ada@example..com',
  'ada@-example.com',
  'ada@127.0.0.1',
  'ada@[127.0.0.1]',
  '.ada@example.com',
  'ada.@example.com',
  'a..da@example.com',
  'a da@example.com',
  'ada@example.com, bob@example.com',
  'ada@example.com\r\nBcc: bob@example.com',
  '"ada lovelace"@example.com',
  '<ada@example.com>',
  'zoë@example.com',
  `${'a'.repeat(65)}@example.com`,
  `ada@${'a'.repeat(64)}.com`,
  `ada@${'a.'.repeat(127)}com`,
])('does not take %j', (text) => {
  expect(mailableAddress(text)).toBeUndefined();
});
