import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { base } from '../base.ts';
import { explain } from '../failure.ts';
import { laterText } from '../later-text.ts';
import { hrefOf } from '../route.ts';
import { refresh } from '../session/refresh.ts';
import { useSession } from '../session/session.ts';
import { Modal } from '../ui/dialog.tsx';
import { Skeleton } from '../ui/empty.tsx';
import { Field, Notice } from '../ui/field.tsx';
import { CopyIcon } from '../ui/icons.tsx';
import { formatDate } from '../ui/time.tsx';
import type { Room } from './use-rooms.ts';

const words = laterText.invite;
const weekSeconds = 7 * 24 * 3600;

/** Creates links by which others can join, and takes them back. A link is shown once, as the server keeps no codes. */
export function InviteDialog({ room, onClose }: { room: Room; onClose(): void }) {
  const { client } = useSession();
  const queries = useQueryClient();
  const roomId = room.id;
  const queryKey = ['invites', roomId];
  const invites = useQuery({ queryKey, queryFn: () => client.chat.listInvites.query({ roomId }) });
  const onSettled = () => refresh(queries, queryKey);
  const create = useMutation({
    mutationFn: () => client.chat.createInvite.mutate({ roomId, expiresInSeconds: weekSeconds }),
    onSettled,
  });
  const revoke = useMutation({
    mutationFn: (id: number) => client.chat.revokeInvite.mutate({ roomId, id }),
    onSettled,
  });
  const link = create.data && `${base.href}${hrefOf({ page: 'invite', code: create.data.code })}`;
  const error = create.error ?? revoke.error ?? invites.error;

  return (
    <Modal title={words.title(room.name)} hint={words.hint} onClose={onClose}>
      {error && <Notice kind="error">{explain(error)}</Notice>}
      {link === undefined ? (
        <button
          type="button"
          className="button button-primary"
          aria-disabled={create.isPending}
          onClick={() => !create.isPending && create.mutate()}
        >
          {words.create}
        </button>
      ) : (
        <div className="form-fields">
          <Field
            label={words.link}
            hint={words.once}
            value={link}
            readOnly
            onFocus={({ currentTarget: field }) => field.select()}
          />
          <button
            type="button"
            className="button button-quiet"
            onClick={() => void navigator.clipboard?.writeText(link).catch(() => {})}
          >
            <CopyIcon />
            {words.copy}
          </button>
        </div>
      )}
      {invites.isPending && <Skeleton rows={2} />}
      <ul className="sessions" aria-label={words.list}>
        {(invites.data ?? []).map(({ id, createdAt, expiresAt, uses }) => (
          <li key={id} className="session">
            <div>
              <p>{words.created(formatDate(Date.parse(createdAt)))}</p>
              <p className="hint">
                {words.used(uses)}
                {expiresAt && `, ${words.expires(formatDate(Date.parse(expiresAt)))}`}
              </p>
            </div>
            <button
              type="button"
              className="button button-quiet button-small"
              aria-disabled={revoke.isPending}
              onClick={() => !revoke.isPending && revoke.mutate(id)}
            >
              {words.revoke}
            </button>
          </li>
        ))}
      </ul>
    </Modal>
  );
}
