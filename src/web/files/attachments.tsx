import { type CSSProperties, useEffect, useState } from 'react';
import { now } from '../clock.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { DownloadIcon, FileIcon } from '../ui/icons.tsx';
import { hasBox, isPicture, type Picture, pictureBox, type ShownFile, smallUrl } from './shown-file.ts';

interface AttachmentsProps {
  files: readonly ShownFile[];
  onPicture(file: ShownFile): void;
  /** The URLs of the files have expired. */
  onExpired(): void;
}

/** The files of a message. Their boxes have their sizes before anything of them has loaded. */
export function Attachments({ files, onPicture, onExpired }: AttachmentsProps) {
  useExpiry(files[0]?.url, onExpired);
  const pictures = files.filter(hasBox);
  const others = files.filter((file) => !hasBox(file));
  return (
    <div className="files">
      {pictures.length > 0 && (
        <div className="pictures">
          {pictures.map((file) =>
            isPicture(file) ? (
              <PictureButton key={file.id} file={file} onClick={() => onPicture(file)} />
            ) : (
              <PictureBox key={file.id} file={file} />
            ),
          )}
        </div>
      )}
      {others.map((file) => (
        <OtherFile key={file.id} file={file} />
      ))}
    </div>
  );
}

/** The longest time that browsers can wait. */
const maxTimeoutMs = 2 ** 31 - 1;

/** Calls `onExpired` when a URL is no longer valid. */
function useExpiry(url: string | undefined, onExpired: () => void): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each URL
  useEffect(() => {
    const seconds = Number(new URL(url ?? '', location.href).searchParams.get('expires'));
    if (!seconds) return;
    const timer = setTimeout(onExpired, Math.min(Math.max(seconds * 1000 - now(), 0), maxTimeoutMs));
    return () => clearTimeout(timer);
  }, [url]);
}

/** In the place of a picture whose message has not been sent. */
function PictureBox({ file }: { file: ShownFile }) {
  const { width, height } = pictureBox(file);
  return (
    <span
      className="picture"
      role="img"
      aria-label={file.name}
      style={{ width, aspectRatio: `${width} / ${height}` }}
    />
  );
}

function PictureButton({ file, onClick }: { file: Picture; onClick(): void }) {
  const { client } = useSession();
  const { width, height } = pictureBox(file);
  const [isLoaded, setLoaded] = useState(false);
  // Custom properties are no part of its type.
  const style = { '--placeholder': file.placeholder && `url("${file.placeholder}")`, width } as CSSProperties;
  return (
    <button
      type="button"
      className={`picture ${isLoaded ? 'picture-loaded' : ''}`}
      aria-haspopup="dialog"
      style={style}
      onClick={onClick}
    >
      <img
        src={client.files.url(smallUrl(file))}
        alt={file.name}
        width={width}
        height={height}
        style={{ aspectRatio: `${width} / ${height}` }}
        decoding="async"
        draggable={false}
        onLoad={() => setLoaded(true)}
      />
    </button>
  );
}

/** `video` also plays sound, but not the other way round. */
function OtherFile({ file }: { file: ShownFile }) {
  const { client } = useSession();
  const [isBroken, setBroken] = useState(false);
  const [kind] = file.mediaType.split('/');
  if (file.url === undefined || isBroken || !canPlay(file.mediaType)) return <FileCard file={file} />;
  const shared = {
    src: client.files.url(file.url),
    controls: true,
    'aria-label': file.name,
    onError: () => setBroken(true),
  };
  const { width = 320, height = 180 } = file.width ? pictureBox(file) : {};
  return (
    <div className="player">
      {kind === 'video' ? (
        <video
          {...shared}
          preload="metadata"
          playsInline
          width={width}
          height={height}
          style={{ aspectRatio: `${width} / ${height}` }}
        />
      ) : (
        <audio {...shared} preload="none" />
      )}
      <FileCard file={file} />
    </div>
  );
}

const players = new Map<string, boolean>();

/** Whether the browser says that it may be able to play files of this type. */
function canPlay(mediaType: string): boolean {
  const [kind] = mediaType.split('/');
  if (kind !== 'audio' && kind !== 'video') return false;
  const known = players.get(mediaType) ?? document.createElement(kind).canPlayType(mediaType) !== '';
  players.set(mediaType, known);
  return known;
}

function FileCard({ file: { name, size, url } }: { file: ShownFile }) {
  const { client } = useSession();
  const content = (
    <>
      <span className="file-icon">
        <FileIcon />
      </span>
      <span className="file-text">
        <bdi className="file-name" title={name}>
          {name}
        </bdi>
        <span className="file-facts">{text.files.size(size)}</span>
      </span>
    </>
  );
  if (url === undefined) return <div className="file-card">{content}</div>;
  return (
    <a
      className="file-card"
      href={client.files.url(url)}
      // Another origin decides itself whether it is downloaded; if it is not, this page stays.
      download={name}
      target="_blank"
      rel="noreferrer"
      aria-label={text.files.download(name, size)}
    >
      {content}
      <DownloadIcon />
    </a>
  );
}
