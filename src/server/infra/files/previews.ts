/** The sizes in pixels and in bytes of previews, as the database has them. */
export const storedPreviews = (previews: Iterable<readonly [pixels: number, bytes: number]>): string =>
  [...previews].map(([pixels, bytes]) => `${pixels}:${bytes}`).join(',');

/** From pixels to bytes. */
export function parsePreviews(stored: string): Map<number, number> {
  if (stored === '') return new Map();
  return new Map(stored.split(',').map((preview) => preview.split(':').map(Number) as [number, number])); // safe: made by `storedPreviews`
}
