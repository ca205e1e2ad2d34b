import { Fragment, type ReactNode } from 'react';
import { LinkedText, SafeLink } from './linked-text.tsx';
import { isMisleading } from './links.ts';
import { type Block, type Inline, type Item, parse } from './parse.ts';
import { ofInlines } from './plain-text.ts';

export { plainText } from './plain-text.ts'; // in one file with the parser, which is loaded later

/** A message with its formatting. Only the elements below are made of it, and its text is never taken for HTML. */
export function FormattedText({ text }: { text: string }) {
  return <div className="message-text">{blocks(parse(text), 'auto')}</div>;
}

function each<T>(all: T[], show: (one: T) => ReactNode): ReactNode {
  // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text are always the same
  return all.map((one, index) => <Fragment key={index}>{show(one)}</Fragment>);
}

/** `dir` is of the outermost blocks: each has the direction of its own text. */
const blocks = (all: Block[], dir?: 'auto'): ReactNode => each(all, (one) => block(one, dir));

function block(one: Block, dir: 'auto' | undefined): ReactNode {
  switch (one.kind) {
    case 'text':
      // Paragraphs in a list would be copied with blank lines between them.
      return dir ? <p dir={dir}>{inlines(one.children)}</p> : <div>{inlines(one.children)}</div>;
    case 'code':
      return (
        <div className="code-block" dir={dir}>
          {one.info !== '' && <p className="code-info">{one.info}</p>}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable regions must be focusable */}
          <pre tabIndex={0}>
            <code>{one.text}</code>
          </pre>
        </div>
      );
    case 'quote':
      return <blockquote dir={dir}>{blocks(one.children)}</blockquote>;
    case 'list': {
      const items = each(one.items, (item) => listItem(item, one.isOrdered));
      return one.isOrdered ? <ol dir={dir}>{items}</ol> : <ul dir={dir}>{items}</ul>;
    }
  }
}

const listItem = ({ number, children }: Item, isOrdered: boolean): ReactNode => (
  <li value={isOrdered ? number : undefined}>{blocks(children)}</li>
);

const inlines = (all: Inline[], isInLink = false): ReactNode => each(all, (one) => inline(one, isInLink));

function inline(one: Inline, isInLink: boolean): ReactNode {
  if (typeof one === 'string') return isInLink ? one : <LinkedText text={one} />;
  if (one.kind === 'code') return <code dir="auto">{one.text}</code>;
  if (one.kind === 'link') return isInLink ? inlines(one.children, true) : <NamedLink {...one} />;
  const Mark = one.kind;
  return <Mark>{inlines(one.children, isInLink)}</Mark>;
}

function NamedLink({ href, children }: { href: string; children: Inline[] }) {
  return (
    <>
      <SafeLink href={href} title={href}>
        <bdi>{inlines(children, true)}</bdi>
      </SafeLink>
      {isMisleading(ofInlines(children), href) && (
        <>
          {' ('}
          <bdi dir="ltr">{href}</bdi>)
        </>
      )}
    </>
  );
}
