/** What a file is uploaded for. */
export type Target = { roomId: number } | { recipient: string };

/** Uploads bytes as clients without forms do, and gives the answer. Fails unless the server has stored them. */
export async function uploadFile(
  { url, token, signal }: { url: string; token: string; signal?: AbortSignal },
  target: Target,
  { content, name, type = 'text/plain' }: { content: BodyInit; name: string; type?: string },
): Promise<{ id: string; name: string; size: number; mediaType: string }> {
  const query = new URLSearchParams(Object.entries(target).map(([key, value]) => [key, String(value)]));
  const response = await fetch(`${url}/files?${query}`, {
    method: 'POST',
    body: content,
    headers: {
      authorization: token,
      'content-type': type,
      'content-disposition': `attachment; filename="${name}"`,
    },
    ...(signal && { signal }),
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text) as { id: string; name: string; size: number; mediaType: string }; // safe: what the server answers
}

/** The status, and the bytes as text, of what a URL of an attachment leads to. */
export async function readShared(origin: string, url: string | undefined) {
  const response = await fetch(new URL(url ?? '', origin));
  return { status: response.status, text: await response.text() };
}
