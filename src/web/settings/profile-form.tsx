import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Outputs } from '../../client/index.ts';
import { EmailField } from '../account/fields.tsx';
import { explain } from '../failure.ts';
import { laterText } from '../later-text.ts';
import { refresh } from '../session/refresh.ts';
import { useServerInfo } from '../session/server-info.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { isExternalUrl } from '../ui/avatar.tsx';
import { Failure, Skeleton } from '../ui/empty.tsx';
import { Field, Notice, TextArea } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { formatDate } from '../ui/time.tsx';
import { AvatarField } from './avatar-field.tsx';
import { useProof } from './use-proof.tsx';

export function ProfileForm() {
  const { client } = useSession();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['me'],
    queryFn: () => client.auth.me.query(),
    // Fetched each time the form opens, and not again, so that edits are not overwritten.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (data) return <Fields profile={data} />;
  if (isPending) return <Skeleton rows={3} />;
  return <Failure title={laterText.settings.failed} error={error} onRetry={() => void refetch()} />;
}

function Fields({ profile }: { profile: Outputs['auth']['me'] }) {
  const { client, username } = useSession();
  const queries = useQueryClient();
  const takesUrls = useServerInfo()?.externalAvatars ?? false;
  const present = isExternalUrl(profile.avatarUrl ?? '') ? (profile.avatarUrl ?? '') : '';
  const [entered, setAvatarUrl] = useState<string>();
  const avatarUrl = (entered ?? present).trim();
  const [description, setDescription] = useState(profile.description);
  const { proved, dialog } = useProof();
  const words = laterText.settings;
  const isWrong = avatarUrl !== '' && !isExternalUrl(avatarUrl);

  return (
    <>
      <AvatarField profile={profile} />
      <Form
        submit={text.common.save}
        done={text.common.saved}
        onSubmit={async ({ email = '' }) => {
          if (isWrong) return;
          const changes = {
            ...(avatarUrl !== present && { avatarUrl }),
            description,
            ...(email.trim() !== profile.email && { email }),
          };
          const saved = await proved(() => client.users.updateProfile.mutate(changes));
          setAvatarUrl(undefined);
          queries.setQueryData(['me'], saved);
          await refresh(queries, ['profile', username]);
        }}
      >
        {takesUrls && (
          <Field
            label={`${words.avatarUrl} (${text.common.optional})`}
            hint={words.avatarHint}
            error={isWrong ? words.avatarInvalid : undefined}
            type="url"
            value={entered ?? present}
            onChange={(event) => setAvatarUrl(event.currentTarget.value)}
          />
        )}
        <TextArea
          label={words.description}
          hint={words.wordCount(countWords(description))}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
          maxLength={16_384}
        />
        <EmailField defaultValue={profile.email} />
      </Form>
      <EmailState profile={profile} />
      {dialog}
    </>
  );
}

/** Whether the address is confirmed, and what can be done about it, where the server sends mail. */
function EmailState({ profile }: { profile: Outputs['auth']['me'] }) {
  const { client } = useSession();
  const queries = useQueryClient();
  const send = useMutation({ mutationFn: () => client.auth.requestEmailVerification.mutate() });
  const keep = useMutation({
    mutationFn: () => client.users.updateProfile.mutate({ email: profile.email }),
    onSuccess: (saved) => queries.setQueryData(['me'], saved),
  });
  const words = laterText.settings;
  if (!useServerInfo()?.sendsMail) return null;
  const { emailVerified, pendingEmail, resetMailedAt } = profile;
  const error = send.error ?? keep.error;
  const state =
    pendingEmail !== null
      ? words.emailPending(pendingEmail)
      : emailVerified
        ? words.emailVerified
        : words.emailUnverified;
  return (
    <>
      {resetMailedAt !== null && (
        <Notice kind="info">{words.resetMailed(formatDate(Date.parse(resetMailedAt)))}</Notice>
      )}
      <p className="hint">{state}</p>
      {error && <Notice kind="error">{explain(error)}</Notice>}
      {send.isSuccess && <Notice kind="success">{words.emailSent}</Notice>}
      {(pendingEmail !== null || !emailVerified) && (
        <button type="button" className="button" onClick={() => send.mutate()}>
          {words.emailSend}
        </button>
      )}
      {pendingEmail !== null && (
        <button type="button" className="button" onClick={() => keep.mutate()}>
          {words.emailKeep}
        </button>
      )}
    </>
  );
}

function countWords(value: string): number {
  return value.trim() === '' ? 0 : value.trim().split(/\s+/u).length;
}
