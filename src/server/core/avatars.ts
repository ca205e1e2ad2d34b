/** An avatar that was made of a file, as a profile keeps it. All others are URLs. */
export const storedAvatar = (id: string): string => `file:${id}`;

/** The id of the avatar in a profile; undefined if that is a URL, or there is none. */
export const avatarIdOf = (stored: string | null): string | undefined =>
  /^file:([\w-]{22})$/.exec(stored ?? '')?.[1];

/** Where an avatar is, below where Mirage is served. */
export const avatarPath = (id: string): string => `/files/avatars/${id}.webp`;

/** The id of the avatar that a URL or path leads to, if it looks like one of ours. */
export const avatarIdIn = (url: string): string | undefined =>
  /\/files\/avatars\/([\w-]{22})\.webp$/.exec(url)?.[1];
