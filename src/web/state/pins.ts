/** Of the pinned messages of a room. */
export const pinsKey = (roomId: number) => ['pins', roomId];
