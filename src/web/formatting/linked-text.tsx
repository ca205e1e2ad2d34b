import type { ReactNode } from 'react';
import { partsOf } from './links.ts';
import { WithMentions } from './mentions.tsx';

/** Plain text; web addresses become links, and mentions are marked. */
export function LinkedText({ text }: { text: string }) {
  return partsOf(text).map(({ at, part, href }) =>
    href === undefined ? (
      <WithMentions key={at} text={part} />
    ) : (
      <SafeLink key={at} href={href}>
        {part}
      </SafeLink>
    ),
  );
}

/** `title`: where it leads, if its text does not say that. */
export function SafeLink(props: { href: string; title?: string; children: ReactNode }) {
  return <a {...props} target="_blank" rel="noopener noreferrer nofollow" />;
}
