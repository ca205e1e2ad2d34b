import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSession } from '../state/session.ts';

/** Next to a name, which says the same: so it is hidden from readers who do not see it. */
export function Avatar({
  username,
  size = 'medium',
}: {
  username: string;
  size?: 'small' | 'medium' | 'large';
}) {
  const { client } = useSession();
  const { data } = useQuery({
    queryKey: ['profile', username],
    queryFn: () => client.users.get.query({ username }),
    staleTime: 300_000,
  });
  return <Picture username={username} url={data?.avatarUrl ?? ''} size={size} />;
}

export function Picture({
  username,
  url,
  size,
}: {
  username: string;
  url: string;
  size: 'small' | 'medium' | 'large';
}) {
  const [broken, setBroken] = useState('');
  const [initial = '?'] = username;
  return (
    <span className={`avatar avatar-${size}`} data-hue={hueOf(username)} aria-hidden="true">
      {isPictureUrl(url) && url !== broken ? (
        <img src={url} alt="" loading="lazy" referrerPolicy="no-referrer" onError={() => setBroken(url)} />
      ) : (
        initial.toUpperCase()
      )}
    </span>
  );
}

/** As the policy of the page allows them. */
export const isPictureUrl = (url: string): boolean => /^(https:\/\/|data:image\/)/i.test(url);

const hues = 6;

/** One of a few colours, always the same for a name. */
function hueOf(username: string): number {
  let sum = 0;
  for (const character of username) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 1009;
  return sum % hues;
}
