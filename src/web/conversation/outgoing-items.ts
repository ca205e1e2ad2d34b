import { explain, explainReason } from '../failure.ts';
import type { Outgoing } from '../state/outbox.ts';
import { retryAfterMs } from '../state/retry.ts';
import type { Gap } from '../state/room-types.ts';
import { text } from '../text.ts';
import type { MessageItem } from './rows.ts';

/** What is being sent or could not be sent, as rows below the delivered messages, but nothing that is one of those. */
export function outgoingItems(
  outgoing: readonly Outgoing[],
  delivered: readonly ({ clientId?: string | undefined } | Gap)[],
  username: string,
): MessageItem[] {
  if (outgoing.length === 0) return [];
  const keys = new Set(delivered.map((entry) => ('isGap' in entry ? undefined : entry.clientId)));
  return outgoing.flatMap((message) => {
    const { key, text, createdAtMs, state, quote, files } = message;
    if (state === 'arrived' || keys.has(key)) return [];
    const failure = failureOf(message);
    const shown = quote && { quote: { key: String(quote.id), author: quote.sender, text: quote.text } };
    return [
      {
        key,
        author: username,
        isOwn: true,
        text,
        createdAtMs,
        state,
        ...shown,
        ...(files && { files }),
        ...(failure && { failure }),
      },
    ];
  });
}

function failureOf({ state, error, refusal, quote, files }: Outgoing): string | undefined {
  if (state === 'waiting')
    return retryAfterMs(error) === undefined ? text.conversation.waiting : text.conversation.throttled;
  if (state !== 'refused') return undefined;
  if (quote && refusal === 'MESSAGE_NOT_FOUND')
    return `${text.conversation.notSent} ${text.conversation.quoteGone}`;
  if (files && refusal === 'FILE_NOT_FOUND') return `${text.conversation.notSent} ${text.files.gone}`;
  const why = refusal === undefined || error !== undefined ? explain(error) : explainReason(refusal);
  return `${text.conversation.notSent} ${why}`;
}
