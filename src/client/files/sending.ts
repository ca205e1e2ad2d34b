/** How an upload is sent. */
export interface Sending {
  url: string;
  headers: Record<string, string>;
  onProgress: ((sentBytes: number, totalBytes: number | undefined) => void) | undefined;
  signal: AbortSignal | undefined;
}
