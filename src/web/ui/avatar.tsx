import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useServerInfo } from '../session/server-info.ts';
import { useSession } from '../session/session.ts';

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
  const isExternal = isExternalUrl(url);
  const info = useServerInfo(isExternal);
  const isShown = isExternal ? info?.externalAvatars : isUploadedUrl(url);
  return (
    <span className={`avatar avatar-${size}`} data-hue={hueOf(username)} aria-hidden="true">
      {isShown && url !== broken ? (
        <img src={url} alt="" loading="lazy" referrerPolicy="no-referrer" onError={() => setBroken(url)} />
      ) : (
        initial.toUpperCase()
      )}
    </span>
  );
}

/** Of an avatar that the server has made of an upload. What only looks like one is stopped by the content security policy. */
const isUploadedUrl = (url: string): boolean => /\/files\/avatars\/[\w-]{22}\.webp$/.test(url);

/** Of an avatar on another server. The content security policy allows no other scheme. */
export const isExternalUrl = (url: string): boolean => /^https:\/\//i.test(url) && !isUploadedUrl(url);

const hues = 6;

/** A stable color index for a name. */
function hueOf(username: string): number {
  let sum = 0;
  for (const character of username) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 1009;
  return sum % hues;
}
