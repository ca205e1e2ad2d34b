import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Outputs } from '../../client/index.ts';
import { explain } from '../failure.ts';
import { refresh } from '../session/refresh.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { formatDate, formatTime } from '../ui/time.tsx';
import { ownDataText as words } from './own-data-text.ts';

type OwnExport = NonNullable<Outputs['auth']['getExport']>;

const queryKey = ['export'];
/** How often the server is asked while an archive is being made. */
const pollMs = 1500;
/** The address works for five minutes. */
const renewMs = 4 * 60_000;

const isUnderWay = (archive: OwnExport | null | undefined) =>
  archive?.state === 'waiting' || archive?.state === 'running';

/** Asks for an archive of the user's own data, and shows how far it is. */
export function OwnData() {
  const { client } = useSession();
  const queries = useQueryClient();
  const archive = useQuery({
    queryKey,
    queryFn: () => client.auth.getExport.query(),
    refetchInterval: ({ state: { data } }) => (isUnderWay(data) ? pollMs : data?.url ? renewMs : false),
  });
  const request = useMutation({
    mutationFn: () => client.auth.exportData.mutate(),
    onSettled: () => refresh(queries, queryKey),
  });

  if (archive.isPending) return <Skeleton rows={1} />;
  if (archive.data === undefined) return <Notice kind="error">{explain(archive.error)}</Notice>;
  const isBusy = isUnderWay(archive.data) || request.isPending;
  return (
    <>
      {archive.data && <Archive archive={archive.data} />}
      {request.isError && <Notice kind="error">{explain(request.error)}</Notice>}
      {!isUnderWay(archive.data) && (
        <div className="choices-row">
          <button
            type="button"
            className="button button-quiet"
            aria-disabled={isBusy}
            onClick={isBusy ? undefined : () => request.mutate()}
          >
            {archive.data ? words.again : words.request}
          </button>
        </div>
      )}
    </>
  );
}

function Archive({ archive }: { archive: OwnExport }) {
  const { state, progress, size, expiresAt, url } = archive;
  if (state === 'failed') return <Notice kind="error">{words.failed}</Notice>;
  if (url === null)
    return (
      <div role="status">
        <p>{state === 'running' ? words.running : words.waiting}</p>
        <progress aria-label={words.progress} value={progress} max={100} />
      </div>
    );
  const untilMs = Date.parse(expiresAt ?? '');
  return (
    <>
      <p role="status">
        {words.ready(text.files.size(size ?? 0), `${formatDate(untilMs)}, ${formatTime(untilMs)}`)}
      </p>
      <a className="button button-primary" href={url} download>
        {words.download}
      </a>
    </>
  );
}
