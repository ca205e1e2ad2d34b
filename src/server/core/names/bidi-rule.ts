import bidi from 'bidi-js';

// safe: the module is the function itself, though its types describe the CommonJS build
const { getBidiCharTypeName } = (bidi as unknown as typeof bidi.default)();

const rightToLeft = new Set(['R', 'AL', 'AN']);
const neutral = ['EN', 'ES', 'CS', 'ET', 'ON', 'BN', 'NSM'];
const allowed = {
  R: new Set(['R', 'AL', 'AN', ...neutral]),
  L: new Set(['L', ...neutral]),
};
const allowedLast = { R: new Set(['R', 'AL', 'EN', 'AN']), L: new Set(['L', 'EN']) };

/** Whether a word cannot change the order in which the text around it is displayed: the bidi rule of RFC 5893. */
export function isBidiSafe(word: string): boolean {
  const types = [...word].map((point) => getBidiCharTypeName(point));
  if (!types.some((type) => rightToLeft.has(type))) return true;
  const [first = ''] = types;
  const direction = first === 'L' ? 'L' : 'R';
  if (direction === 'R' && first !== 'R' && first !== 'AL') return false;
  if (!types.every((type) => allowed[direction].has(type))) return false;
  if (types.includes('EN') && types.includes('AN')) return false;
  const last = types.findLast((type) => type !== 'NSM') ?? '';
  return allowedLast[direction].has(last);
}
