import type { CustomFetch } from 'openid-client';

/** The issuer has not answered, or not as one that works. */
export class IssuerUnreachable extends Error {
  override name = 'IssuerUnreachable';
  readonly code: string;

  constructor(code: string, options?: { cause: unknown }) {
    super('the issuer is unreachable', options);
    this.code = code;
  }
}

/** Far more than any answer that is one. */
const maxBytes = 1024 * 1024;

/** As `fetch`, with a bound on the size of the answer. */
export const fetchFromIssuer: CustomFetch = async (url, options) => {
  let response: Response;
  let body: Uint8Array<ArrayBuffer>;
  try {
    response = await fetch(url, { ...options, redirect: 'manual' } as RequestInit); // safe: the library's type of it is a part of fetch's
    body = await readBody(response);
  } catch (cause) {
    throw cause instanceof IssuerUnreachable ? cause : new IssuerUnreachable(codeOf(cause), { cause });
  }
  if (response.status >= 500) throw new IssuerUnreachable('SERVER_ERROR');
  const { status, headers } = response;
  return new Response(body.length === 0 ? null : body, { status, headers });
};

async function readBody({ body }: Response): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > maxBytes) throw new IssuerUnreachable('TOO_LARGE');
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'UNKNOWN';
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return 'TIMEOUT';
  const { code } = (error.cause ?? {}) as { code?: unknown }; // safe: it is checked
  return typeof code === 'string' ? code : 'UNKNOWN';
}
