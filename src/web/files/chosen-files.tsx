import { useEffect, useRef, useState } from 'react';
import { text } from '../text.ts';
import { announce } from '../ui/announcer.tsx';
import { Notice } from '../ui/field.tsx';
import { CloseIcon, FileIcon, RetryIcon } from '../ui/icons.tsx';
import { explainUpload } from './explain-upload.ts';
import { maxFiles, type Upload, type Uploads } from './uploads.ts';
import { useDrop } from './use-drop.ts';
import { usePaste } from './use-paste.ts';

interface ChosenFilesProps {
  uploads: Uploads;
  chosen: readonly Upload[];
  /** Whether the server takes files. */
  canAttach: boolean;
  /** Whether there was no room for some that were chosen last. */
  isFull: boolean;
  onFiles(files: Iterable<File>): void;
  /** Something has been removed, and the focus with it. */
  onRemoved(): void;
}

/** Above the field: the files that the next message will have. Also takes those that are dropped or pasted. */
export function ChosenFiles(props: ChosenFilesProps) {
  const { uploads, chosen, canAttach, isFull, onFiles } = props;
  const [lost, setLost] = useState<string[]>([]);
  const isDragging = useDrop(canAttach ? onFiles : undefined);
  usePaste(canAttach ? onFiles : undefined);
  useAnnouncements(chosen);
  useEffect(() => {
    const names = uploads.takeLost();
    if (names.length > 0) setLost(names);
  }, [uploads]);
  return (
    <>
      {isDragging && <p className="drop">{text.files.drop}</p>}
      {lost.length > 0 && chosen.every(({ facts }) => facts) && (
        <Notice kind="info">{text.files.lost(lost)}</Notice>
      )}
      {isFull && <Notice kind="info">{text.files.tooMany(maxFiles)}</Notice>}
      {chosen.length > 0 && <List {...props} />}
    </>
  );
}

/** Says what becomes of uploads. */
function useAnnouncements(chosen: readonly Upload[]): void {
  const before = useRef(chosen);
  useEffect(() => {
    for (const { key, name, state, error } of chosen) {
      if (before.current.find((other) => other.key === key)?.state === state) continue;
      if (state === 'done') announce(text.files.uploaded(name));
      if (state === 'failed') announce(text.files.failed(name, explainUpload(error)));
    }
    before.current = chosen;
  }, [chosen]);
}

function List({ uploads, chosen, canAttach, onRemoved }: ChosenFilesProps) {
  return (
    <ul className="chosen" aria-label={text.files.chosen}>
      {chosen.map((upload) => (
        <li key={upload.key} className={`chosen-file chosen-file-${upload.state}`}>
          <Thumbnail file={upload.file} />
          <span className="file-text">
            <bdi className="file-name" title={upload.name}>
              {upload.name}
            </bdi>
            <State upload={upload} />
          </span>
          {upload.state === 'failed' && canAttach && (
            <button
              type="button"
              className="button-icon"
              aria-label={text.files.retry(upload.name)}
              title={text.common.retry}
              onClick={() => uploads.retry(upload.key)}
            >
              <RetryIcon />
            </button>
          )}
          <button
            type="button"
            className="button-icon"
            aria-label={text.files.remove(upload.name)}
            title={text.files.removeShort}
            onClick={() => {
              uploads.remove(upload.key);
              onRemoved();
            }}
          >
            <CloseIcon />
          </button>
        </li>
      ))}
    </ul>
  );
}

function State({ upload: { name, size, state, sentBytes, error } }: { upload: Upload }) {
  if (state === 'failed') return <span className="file-facts error">{explainUpload(error)}</span>;
  return (
    <>
      <span className="file-facts">
        {state === 'sending' ? text.files.sentOf(sentBytes, size) : text.files.size(size)}
      </span>
      {state !== 'done' && (
        <progress aria-label={text.files.progress(name)} max={Math.max(size, 1)} value={sentBytes} />
      )}
    </>
  );
}

function Thumbnail({ file }: { file: File | undefined }) {
  const [url, setUrl] = useState<string>();
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    if (!file?.type.startsWith('image/')) return;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  if (url === undefined || isBroken)
    return (
      <span className="file-icon">
        <FileIcon />
      </span>
    );
  return <img className="file-thumbnail" src={url} alt="" onError={() => setBroken(true)} />;
}
