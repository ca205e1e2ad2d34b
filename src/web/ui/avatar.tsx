import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useSession } from '../state/session.ts';

/** Decorative: the name is always next to it, so it is hidden from assistive technology. */
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

/** Matches the `img-src` of the content security policy. */
export const isPictureUrl = (url: string): boolean => /^https:\/\//i.test(url);

const hues = 6;

/** A stable color index for a name. */
function hueOf(username: string): number {
  let sum = 0;
  for (const character of username) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 1009;
  return sum % hues;
}
