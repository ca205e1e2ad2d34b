import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Outputs } from '../../client/index.ts';
import { refresh } from '../state/refresh.ts';
import { useSession } from '../state/session.ts';
import { text } from '../text.ts';
import { isPictureUrl, Picture } from '../ui/avatar.tsx';
import { Failure, Skeleton } from '../ui/empty.tsx';
import { Field, TextArea } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';

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
  return <Failure title={text.settings.failed} error={error} onRetry={() => void refetch()} />;
}

function Fields({ profile }: { profile: Outputs['auth']['me'] }) {
  const { client, username } = useSession();
  const queries = useQueryClient();
  const [avatarUrl, setAvatarUrl] = useState(profile.avatarUrl ?? '');
  const [description, setDescription] = useState(profile.description);
  const words = text.settings;
  const isWrong = avatarUrl.trim() !== '' && !isPictureUrl(avatarUrl.trim());

  return (
    <Form
      submit={text.common.save}
      done={text.common.saved}
      onSubmit={async ({ email = '' }) => {
        if (isWrong) return;
        const saved = await client.users.updateProfile.mutate({
          avatarUrl: avatarUrl.trim(),
          description,
          email,
        });
        queries.setQueryData(['me'], saved);
        await refresh(queries, ['profile', username]);
      }}
    >
      <div className="picture-field">
        <Picture username={username} url={avatarUrl.trim()} size="large" />
        <Field
          label={`${words.avatar} (${text.common.optional})`}
          hint={words.avatarHint}
          error={isWrong ? words.avatarInvalid : undefined}
          type="url"
          value={avatarUrl}
          onChange={(event) => setAvatarUrl(event.currentTarget.value)}
        />
      </div>
      <TextArea
        label={words.description}
        hint={words.wordCount(countWords(description))}
        value={description}
        onChange={(event) => setDescription(event.currentTarget.value)}
        maxLength={16_384}
      />
      <Field
        label={words.email}
        name="email"
        type="email"
        required
        defaultValue={profile.email}
        autoComplete="email"
      />
    </Form>
  );
}

function countWords(value: string): number {
  return value.trim() === '' ? 0 : value.trim().split(/\s+/u).length;
}
