import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonBytes } from '../../src/server/core/json-bytes.ts';

const made = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? '');

it('measures values as their JSON would be, in bytes', () => {
  const value = fc.record({
    value: fc.jsonValue({ stringUnit: 'binary' }),
    // Half pairs too, and the characters around each border of the encoding.
    text: fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes)),
    time: fc.date({ noInvalidDate: true }),
    nothing: fc.constantFrom(undefined, null, Number.NaN, -0),
    list: fc.array(fc.constantFrom(undefined, 1, 'é', '\b')),
  });
  fc.assert(fc.property(value, (sample) => jsonBytes(sample) === made(sample)));
  const every = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
  expect(every.filter((text) => jsonBytes(text) !== made(text))).toEqual([]);
});
