/** Makes previews, a placeholder and, if `stripped` is given, a copy without metadata. The paths are those of files to be made. */
export interface ProcessTask {
  do: 'process';
  path: string;
  /** Width times height times frames. */
  maxPixels: number;
  previews: { size: number; path: string }[];
  stripped?: string;
}

export interface AvatarTask {
  do: 'avatar';
  path: string;
  maxPixels: number;
  /** Pixels of a side. */
  size: number;
  avatar: string;
}

export interface InspectTask {
  do: 'inspect';
  path: string;
}

/** What the media process is asked for. It answers each task with a {@link TaskReply}. */
export type MediaTask = ProcessTask | AvatarTask | InspectTask;

export interface TaskReply {
  /** Absent if the file could not be read. The server does not rely on its form. */
  result?: unknown;
  /** The memory of the process at the end, in bytes. */
  rss: number;
}
