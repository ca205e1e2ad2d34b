import { useFormatting } from '../formatting/formatting.ts';
import { LinkedText } from '../formatting/linked-text.tsx';

/** The text of a message, with its formatting. */
export function MessageText({ text }: { text: string }) {
  const formatting = useFormatting();
  return formatting ? <formatting.FormattedText text={text} /> : <PlainText text={text} />;
}

/** Plain text with line breaks; web addresses become links. Never interpreted as HTML. */
export function PlainText({ text }: { text: string }) {
  return (
    <p className="message-text" dir="auto">
      <LinkedText text={text} />
    </p>
  );
}
