import { useFormatting } from '../formatting/formatting.ts';
import { LinkedText } from '../formatting/linked-text.tsx';
import { type Mentioned, MentionsContext } from '../formatting/mentions.tsx';

/** The text of a message, with its formatting. */
export function MessageText({ text, mentioned }: { text: string; mentioned?: Mentioned | undefined }) {
  const formatting = useFormatting();
  return (
    <MentionsContext value={mentioned}>
      {formatting ? <formatting.FormattedText text={text} /> : <PlainText text={text} />}
    </MentionsContext>
  );
}

/** Plain text with line breaks; web addresses become links. Never interpreted as HTML. */
export function PlainText({ text }: { text: string }) {
  return (
    <p className="message-text" dir="auto">
      <LinkedText text={text} />
    </p>
  );
}
