import { useServerInfo } from '../session/server-info.ts';

/** For how long one's own messages can be edited; 0 where the server does not allow it, and until that is known. */
export const useEditableMs = (): number => (useServerInfo()?.limits.editWindowSeconds ?? 0) * 1000;
