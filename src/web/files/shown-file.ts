import type { ServerAttachment } from '../../client/chat/index.ts';

/** A file as it is known before its message has been sent. */
export type FileFacts = Pick<ServerAttachment, 'id' | 'name' | 'size' | 'mediaType' | 'width' | 'height'>;

/** A file of a message; one that has not been sent has no URLs. */
export type ShownFile = FileFacts & Partial<ServerAttachment>;

/** A file that is shown as a picture. Its size is known only if the server could read it. */
export type Picture = ShownFile & { url: string; width: number; height: number };

export const isPicture = (file: ShownFile): file is Picture => hasBox(file) && file.url !== undefined;

/** Whether there is, or will be, a picture to show. */
export const hasBox = ({ mediaType, width, height }: ShownFile): boolean =>
  Boolean(mediaType.startsWith('image/') && width && height);

/** For a list. A picture that is no larger than a preview has none. */
export const smallUrl = ({ url, previewUrl = url }: Picture): string => previewUrl;

/** The largest there is to see, within reason. Previews do not move. */
export const largeUrl = ({ url, largePreviewUrl = url, mediaType }: Picture): string =>
  mediaType === 'image/gif' ? url : largePreviewUrl;

const maxPx = { width: 320, height: 280 };
/** So that very long pictures can be seen, and hit. */
const minPx = 44;

/** How large a picture or a video is shown in a list. */
export function pictureBox({ width = 0, height = 0 }: Pick<ShownFile, 'width' | 'height'>): {
  width: number;
  height: number;
} {
  const scale = Math.min(1, maxPx.width / width, maxPx.height / height);
  return {
    width: Math.max(minPx, Math.round(width * scale)),
    height: Math.max(minPx, Math.round(height * scale)),
  };
}

/** About how high files are in a list: as if each had a line of its own. */
export const heightOf = (files: readonly ShownFile[]): number =>
  files.reduce((sum, file) => sum + (hasBox(file) ? pictureBox(file).height : 54) + 6, 0);
