/**
 * A file to upload: a browser's `File` or `Blob`, bytes such as a Node `Buffer`, or a stream of bytes, such as one of Node's or any async
 * iterable. Streams are read once.
 */
export type FileSource =
  | Blob
  | ArrayBuffer
  | Uint8Array
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>;

/** What the server is told of a file. */
export interface SourceFacts {
  /** With its extension. By default that of a `File`. */
  name?: string | undefined;
  /** By default the `type` of a `Blob`. The server looks at the bytes, too. */
  mediaType?: string | undefined;
}

type Whole = Blob | Uint8Array<ArrayBuffer>;

/** A file to upload, as it is sent. */
export interface Source {
  body: Whole | AsyncIterable<Uint8Array>;
  /** In bytes, if it is known. */
  size: number | undefined;
  /** That describe it. */
  headers: Record<string, string>;
}

/** Whether all of it is there, so that it can be sent again. */
export const isWhole = (body: Source['body']): body is Whole =>
  body instanceof Blob || body instanceof Uint8Array;

/** Reads nothing of a stream yet. */
export function openSource(file: FileSource, { name, mediaType }: SourceFacts): Source {
  const isBlob = file instanceof Blob;
  const named = name ?? ('name' in file ? String(file.name) : undefined);
  const type = mediaType ?? (isBlob ? file.type : '');
  const body = isBlob ? file : (bytesOf(file) ?? iterate(file as ReadableStream<Uint8Array>)); // safe: nothing else is left
  return {
    body,
    size: body instanceof Blob ? body.size : body instanceof Uint8Array ? body.length : undefined,
    headers: {
      // Any type shows the server that the bytes are the file, also if there are none.
      'content-type': type || 'application/octet-stream',
      ...(named !== undefined && { 'content-disposition': `attachment; filename*=UTF-8''${encoded(named)}` }),
    },
  };
}

function bytesOf(file: FileSource): Uint8Array<ArrayBuffer> | undefined {
  if (file instanceof ArrayBuffer) return new Uint8Array(file);
  // safe: nothing here minds whether memory is shared
  return file instanceof Uint8Array ? (file as Uint8Array<ArrayBuffer>) : undefined;
}

/** By its reader, because not every browser can iterate over a stream. */
async function* iterate(stream: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>) {
  if (!('getReader' in stream)) return yield* stream;
  const reader = stream.getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

/** As RFC 8187 wants it. Half a character, of which there may be some in file names of Windows, cannot be encoded. */
const encoded = (name: string) =>
  encodeURIComponent(name.replace(/\p{Surrogate}/gu, '\ufffd')).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
