import { laterText } from '../later-text.ts';
import { navigate } from '../route.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { Modal } from '../ui/dialog.tsx';
import { Field, TextArea } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { isSubmitKey } from '../ui/submit-key.ts';
import { useComposeDraft } from './compose-draft.ts';
import { PeoplePicker } from './people-picker.tsx';

/** Starts a conversation. The draft is kept until the message is sent, because the recipient may not exist. */
export function ComposeDialog({ onClose }: { onClose(): void }) {
  const { client, username } = useSession();
  const [recipient, setRecipient] = useComposeDraft(username, 'recipient');
  const [message, setMessage] = useComposeDraft(username, 'message');
  const words = laterText.compose;
  return (
    <Modal title={words.title} hint={words.hint} onClose={onClose}>
      <Form
        submit={words.submit}
        busy={text.conversation.sending}
        onSubmit={async () => {
          await client.inbox.sendMessage.mutate({ recipient: recipient.trim(), text: message.trim() });
          setRecipient('');
          setMessage('');
          onClose();
          navigate({ page: 'inbox', peer: recipient.trim() });
        }}
      >
        <Field
          label={words.recipient}
          value={recipient}
          onChange={(event) => setRecipient(event.currentTarget.value)}
          required
          maxLength={100}
          autoComplete="off"
          autoCapitalize="none"
        />
        <PeoplePicker typed={recipient} onPick={setRecipient} />
        <TextArea
          label={words.message}
          value={message}
          onChange={(event) => setMessage(event.currentTarget.value)}
          required
          maxLength={16_384}
          onKeyDown={(event) => {
            if (!isSubmitKey(event)) return;
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }}
        />
      </Form>
    </Modal>
  );
}
