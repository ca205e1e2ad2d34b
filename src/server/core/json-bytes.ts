/** All characters that are one byte of JSON. */
const plain = /^[ !#-[\]-~]*$/;

/**
 * The size of a value as JSON, in bytes of UTF-8. The JSON itself is not made: that of a page of control characters, six
 * bytes each, takes several times as long, and is made once, for the answer.
 */
export function jsonBytes(value: unknown): number {
  if (typeof value === 'string') return 2 + (plain.test(value) ? value.length : escapedBytes(value));
  if (typeof value === 'number') return Number.isFinite(value) ? String(value).length : 4;
  if (typeof value === 'boolean') return value ? 4 : 5;
  if (value === null) return 4;
  if (typeof value !== 'object') return 0; // undefined is left out
  if (Array.isArray(value)) return arrayBytes(value);
  if ('toJSON' in value && typeof value.toJSON === 'function') return jsonBytes(value.toJSON());
  return objectBytes(value);
}

/** With the brackets, and a comma after each item but the last. */
const arrayBytes = (items: unknown[]) =>
  items.reduce<number>((sum, item) => sum + (item === undefined ? 4 : jsonBytes(item)), 2) +
  Math.max(0, items.length - 1);

function objectBytes(object: object): number {
  let bytes = 1;
  for (const [name, value] of Object.entries(object)) {
    const size = jsonBytes(value);
    if (size > 0) bytes += jsonBytes(name) + 1 + size + 1; // the colon, and a comma or the closing brace
  }
  return Math.max(2, bytes);
}

const backspace = 8;
const carriageReturn = 13;
const verticalTab = 11;
const quote = 0x22;
const backslash = 0x5c;

function escapedBytes(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20) bytes += code >= backspace && code <= carriageReturn && code !== verticalTab ? 2 : 6;
    else if (code === quote || code === backslash) bytes += 2;
    else if (code < 0x80) bytes += 1;
    else if (code < 0x800) bytes += 2;
    else if (code < 0xd800 || code > 0xdfff) bytes += 3;
    else if (isPair(text, index)) {
      bytes += 4;
      index += 1;
    } else bytes += 6; // half a pair is escaped
  }
  return bytes;
}

const isPair = (text: string, index: number) =>
  (text.charCodeAt(index) & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
