/** The query key of a room's pinned messages. */
export const pinsKey = (roomId: number) => ['pins', roomId];
