import { expect, it } from 'vitest';
import { storedTypeOf } from '../../src/server/infra/files/media-type.ts';
import { mp3, mp4, wav, webm } from './media-files.ts';

const type = async (bytes: Uint8Array | string, mediaType: string | undefined, name = 'file') => {
  const head = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  const { mediaType: stored, isInline } = await storedTypeOf(head, { mediaType, name });
  return `${stored} ${isInline ? 'inline' : 'download'}`;
};

const binary = Uint8Array.from({ length: 100 }, (_, index) => (index * 37) % 256);

it('shows pictures only as what they were read as', async () => {
  const claim = { mediaType: 'text/html', name: 'a.html' };
  expect(await storedTypeOf(binary, { ...claim, picture: 'image/png' })).toEqual({
    mediaType: 'image/png',
    isInline: true,
  });
  expect(await type(Uint8Array.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), 'image/jpeg')).toBe(
    'image/jpeg download',
  );
});

it.each([
  ['MP3 with tags', mp3(), 'audio/mpeg', 'audio/mpeg inline'],
  ['MP3 under another name', mp3(), 'audio/mp3', 'audio/mpeg inline'],
  ['WAV', wav(10), 'audio/x-wav', 'audio/wav inline'],
  ['WebM', webm(), 'video/webm', 'video/webm inline'],
  ['a recording of a browser', webm(), 'audio/webm;codecs=opus', 'audio/webm inline'],
  ['MP4', mp4(10), 'video/mp4', 'video/mp4 inline'],
  ['sound alone in MP4', mp4(10), 'audio/x-m4a', 'audio/mp4 inline'],
  ['PDF', '%PDF-1.7\n1 0 obj', 'application/pdf', 'application/pdf inline'],
  ['MP4 as sound of another kind', mp4(10), 'audio/mpeg', 'audio/mpeg download'],
  ['other bytes as film', binary, 'video/mp4', 'video/mp4 download'],
  ['other bytes as PDF', binary, 'application/pdf', 'application/pdf download'],
  ['text as PDF', 'no PDF', 'application/pdf', 'application/pdf download'],
  ['no bytes as sound', '', 'audio/mpeg', 'audio/mpeg download'],
])(
  'shows audio, video and PDF if the bytes are what they claim: %s',
  async (_what, bytes, claimed, stored) => {
    expect(await type(bytes, claimed)).toBe(stored);
  },
);

it('goes by the name if the client sent no type', async () => {
  expect(await type(mp4(10), 'application/octet-stream', 'Film.MP4')).toBe('video/mp4 inline');
  expect(await type(mp4(10), undefined, 'film.mp4')).toBe('video/mp4 inline');
  expect(await type(mp4(10), undefined, 'film.txt')).toBe('application/octet-stream download');
  expect(await type(binary, undefined, 'film.mp4')).toBe('application/octet-stream download');
});

it.each([
  'BM is the beginning',
  'MZ too',
  'ID3 as well',
  '%! and this',
  '%PDF',
  'RIFFabcdWAVE',
  'fLaC',
  'привет',
])('leaves text that begins with %j a text', async (text) => {
  expect(await type(text, 'text/plain; charset=utf-8')).toBe('text/plain download');
  expect(await type(text, undefined)).toBe('text/plain download');
  expect(await type(text, 'audio/mpeg')).toBe('text/plain download');
  expect(await type(text, 'audio/flac')).toBe('text/plain download');
  expect(await type(text, 'audio/wav')).toBe('text/plain download');
  expect(await type(text, 'image/bmp')).toBe('text/plain download');
});

it('recognizes a text whose last character is cut off', async () => {
  const text = new TextEncoder().encode('ö'.repeat(3000)).subarray(0, 4099);
  expect(await type(text, undefined)).toBe('text/plain download');
  expect(await type(Uint8Array.from([0xc3, 0x28]), undefined)).toBe('application/octet-stream download');
});

it.each([
  'text/html',
  'TEXT/HTML; charset=utf-8',
  'application/xhtml+xml',
  'image/svg+xml',
  'text/xml',
  'application/xml',
  'application/rss+xml',
  'text/xsl',
  'text/javascript',
  'application/javascript',
  'application/x-javascript',
  'application/ecmascript',
  'text/css',
  'text/cache-manifest',
  'application/wasm',
  'application/x-shockwave-flash',
  'multipart/related',
  'message/rfc822',
  'application/x-mimearchive',
])('never stores %s', async (claimed) => {
  expect(await type('<p>hello</p>', claimed)).toBe('application/octet-stream download');
  expect(await type(mp4(10), claimed, 'a.mp4')).toBe('application/octet-stream download');
});

it.each([
  '',
  'nonsense',
  'text',
  'a b/c',
  'text/',
  '/plain',
  'text/a"b',
  'text/a\r\nb',
  'text/ä',
  `a/${'x'.repeat(130)}`,
])('does not take %j for a type', async (claimed) => {
  expect(await type(binary, claimed)).toBe('application/octet-stream download');
});

it.each([
  'application/zip',
  'application/json',
  'text/csv',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  'application/postscript',
  'image/heic',
  'application/x-tar',
])('keeps a harmless %s as a download', async (claimed) => {
  expect(await type(binary, claimed)).toBe(`${claimed} download`);
});

it('takes SVG and HTML under the name of a picture for text', async () => {
  expect(await type('<svg xmlns="http://www.w3.org/2000/svg"/>', 'image/png')).toBe('text/plain download');
  expect(await type('<!doctype html><p>hello', 'image/png')).toBe('text/plain download');
});

it('looks at the beginning alone', async () => {
  const long = new Uint8Array(5000).fill(0x61);
  long[4500] = 0;
  expect(await type(long, undefined)).toBe('text/plain download');
});
