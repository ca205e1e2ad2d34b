// Files of sound and film, built byte by byte: as small as they can be while players know what they are.

const ascii = (text: string) => Buffer.from(text, 'latin1');

const be32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** A second of it is 8,000 bytes. */
export function wav(ms: number): Buffer {
  const data = Buffer.alloc(ms * 8, 128);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVE', 8);
  header.write('fmt ', 12);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // mono
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(8000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** An empty tag of ID3, then silent frames of 26 ms: MPEG 1, layer III, 128 kbit/s, 44.1 kHz. */
export function mp3(frames = 10): Buffer {
  const tag = Buffer.from([0x49, 0x44, 0x33, 3, 0, 0, 0, 0, 0, 0]);
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0x00]);
  return Buffer.concat([tag, ...Array.from({ length: frames }, () => frame)]);
}

const box = (name: string, ...content: Buffer[]) => {
  const body = Buffer.concat(content);
  return Buffer.concat([be32(body.length + 8), ascii(name), body]);
};

/** With one track, of sound, that has no samples. */
export function mp4(ms: number): Buffer {
  /** Ticks of a second, of which there are 1,000, and the duration in ticks. */
  const times = (length: number) =>
    Buffer.concat([Buffer.alloc(12), be32(1000), be32(ms), Buffer.alloc(length - 20)]);
  const trackHeader = Buffer.alloc(84);
  trackHeader.writeUInt32BE(1, 12); // its number
  const sound = Buffer.alloc(28);
  sound.set([0, 1], 6);
  sound.set([0, 1, 0, 16], 16); // mono, 16 bits
  sound.writeUInt16BE(8000, 24);
  return Buffer.concat([
    box('ftyp', ascii('isom'), be32(512), ascii('isommp41')),
    box(
      'moov',
      box('mvhd', times(100)),
      box(
        'trak',
        box('tkhd', trackHeader),
        box(
          'mdia',
          box('mdhd', times(24)),
          box('hdlr', Buffer.alloc(8), ascii('soun'), Buffer.alloc(13)),
          box(
            'minf',
            box('stbl', box('stsd', be32(0), be32(1), box('mp4a', sound)), box('stsz', Buffer.alloc(12))),
          ),
        ),
      ),
    ),
    box('mdat', Buffer.alloc(8)),
  ]);
}

const element = (id: number[], content: Buffer) =>
  Buffer.concat([
    Buffer.from(id),
    Buffer.from([0x40 | (content.length >> 8), content.length & 0xff]),
    content,
  ]);

/** A film of 1.5 s with a picture of 640 by 360, none of whose frames are there. */
export function webm(): Buffer {
  const float = Buffer.alloc(4);
  float.writeFloatBE(1500);
  const u16 = (value: number) => Buffer.from([value >> 8, value & 0xff]);
  return Buffer.concat([
    element([0x1a, 0x45, 0xdf, 0xa3], element([0x42, 0x82], ascii('webm'))),
    element(
      [0x18, 0x53, 0x80, 0x67],
      Buffer.concat([
        element(
          [0x15, 0x49, 0xa9, 0x66],
          Buffer.concat([
            element([0x2a, 0xd7, 0xb1], Buffer.from([0x0f, 0x42, 0x40])), // ticks of a millisecond
            element([0x44, 0x89], float),
          ]),
        ),
        element(
          [0x16, 0x54, 0xae, 0x6b],
          element(
            [0xae],
            Buffer.concat([
              element([0xd7], Buffer.from([1])),
              element([0x83], Buffer.from([1])), // a film
              element([0x86], ascii('V_VP8')),
              element([0xe0], Buffer.concat([element([0xb0], u16(640)), element([0xba], u16(360))])),
            ]),
          ),
        ),
      ]),
    ),
  ]);
}
