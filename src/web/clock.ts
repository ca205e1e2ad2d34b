/** Milliseconds since 1970 by the device's clock; not comparable with server times. */
export const now = (): number => Date.now();
