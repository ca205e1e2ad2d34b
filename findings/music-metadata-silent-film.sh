#!/usr/bin/env bash
# music-metadata 11.16.1 gives an MP4 film without sound no duration and no size, and says that it has sound.
# Guess: the README lists MPEG-4 video, a duration, and trackInfo[].video with pixelWidth and pixelHeight; hasAudio
# tells whether there is sound. So a film of 2 seconds and 128 by 96 pixels is described as that.
# Behaviour: of an MP4 only sound tracks are measured. The video track is listed without its type and size, the
# duration in its headers is not used, and hasAudio is true though there is no such track. mp4box 2.4.1 reads all of
# it from the same bytes.
set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --silent music-metadata@11.16.1 mp4box@2.4.1

cat > show.mjs <<'EOF'
import assert from 'node:assert/strict';
import { createFile, MP4BoxBuffer } from 'mp4box';
import { parseBuffer } from 'music-metadata';

// One gray picture, shown for 2 seconds: H.264 of 8 by 6 blocks that are not compressed (I_PCM).
const [width, height, seconds] = [128, 96, 2];
const hex = (digits) => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const u16 = (...values) => Buffer.concat(values.map((value) => hex(value.toString(16).padStart(4, '0'))));
const u32 = (...values) => Buffer.concat(values.map((value) => hex(value.toString(16).padStart(8, '0'))));
const block = Buffer.alloc(16 * 16 + 2 * 8 * 8, 0x80);
const blocks = Array.from({ length: (width / 16) * (height / 16) }, (_, i) => [
  hex(i ? '0d00' : ''),
  block,
]).flat();
const picture = Buffer.concat([hex('65 88 84 08 68'), ...blocks, hex('80')]);
const sample = Buffer.concat([u32(picture.length), picture]);
const sequence = hex('67 42 00 0a f8 41 a2');
const pictures = hex('68 ce 38 80');

const box = (type, ...content) => {
  const body = Buffer.concat(content);
  return Buffer.concat([u32(8 + body.length), Buffer.from(type, 'latin1'), body]);
};
const full = (type, flags, ...content) => box(type, u32(flags), ...content); // with version 0 and flags
const matrix = u32(0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000);
const avcC = box(
  'avcC',
  hex('01 42 00 0a ff e1'),
  u16(sequence.length),
  sequence,
  hex('01'),
  u16(pictures.length),
  pictures,
);
const avc1 = box(
  'avc1',
  u32(0),
  u16(0, 1),
  Buffer.alloc(16),
  u16(width, height),
  u32(0x480000, 0x480000, 0),
  u16(1),
  Buffer.alloc(32),
  u16(24, 0xffff),
  avcC,
);
const ftyp = box('ftyp', Buffer.from('isom'), u32(0x200), Buffer.from('isomavc1'));
const mdat = box('mdat', sample);
const stbl = box(
  'stbl',
  full('stsd', 0, u32(1), avc1),
  full('stts', 0, u32(1, 1, seconds * 1000)),
  full('stsc', 0, u32(1, 1, 1, 1)),
  full('stsz', 0, u32(0, 1, sample.length)),
  full('stco', 0, u32(1, ftyp.length + 8)),
);
const dinf = box('dinf', full('dref', 0, u32(1), full('url ', 1)));
const minf = box('minf', full('vmhd', 1, u16(0, 0, 0, 0)), dinf, stbl);
const mdia = box(
  'mdia',
  full('mdhd', 0, u32(0, 0, 1000, seconds * 1000), u16(0x55c4, 0)),
  full('hdlr', 0, u32(0), Buffer.from('vide'), u32(0, 0, 0), Buffer.from('video\0')),
  minf,
);
const tkhd = full(
  'tkhd',
  3,
  u32(0, 0, 1, 0, seconds * 1000, 0, 0),
  u16(0, 0, 0, 0),
  matrix,
  u32(width << 16, height << 16),
);
const mvhd = full(
  'mvhd',
  0,
  u32(0, 0, 1000, seconds * 1000, 0x10000),
  u16(0x100, 0),
  u32(0, 0),
  matrix,
  Buffer.alloc(24),
  u32(2),
);
const film = Buffer.concat([ftyp, mdat, box('moov', mvhd, box('trak', tkhd, mdia))]);

const reader = createFile();
const info = new Promise((resolve, reject) => Object.assign(reader, { onReady: resolve, onError: reject }));
reader.appendBuffer(MP4BoxBuffer.fromArrayBuffer(new Uint8Array(film).buffer, 0), true);
const { duration, timescale, audioTracks, videoTracks } = await info;
const known = {
  duration: duration / timescale,
  audioTracks: audioTracks.length,
  video: videoTracks.map(({ codec, video }) => ({ codec, ...video })),
};

const { format, quality } = await parseBuffer(film, { mimeType: 'video/mp4' }, { duration: true });
const seen = {
  duration: format.duration ?? 'none',
  hasAudio: format.hasAudio,
  hasVideo: format.hasVideo,
  trackInfo: format.trackInfo,
};

console.log('version: music-metadata 11.16.1');
console.log(`known:   mp4box 2.4.1: ${JSON.stringify(known)}`);
console.log('guess:   duration 2, hasAudio false, hasVideo true, a video track of 128 by 96');
console.log(`seen:    ${JSON.stringify(seen)}`);
assert.deepEqual(known, { duration: 2, audioTracks: 0, video: [{ codec: 'avc1.42000a', width, height }] });
assert.deepEqual(quality.warnings, []);
assert.deepEqual(seen, {
  duration: 'none',
  hasAudio: true,
  hasVideo: true,
  trackInfo: [{ codecName: '<avc1>' }],
});
EOF
node show.mjs
