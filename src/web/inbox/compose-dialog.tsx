import { navigate } from '../route.ts';
import { useSession } from '../state/session.ts';
import { text } from '../text.ts';
import { Modal } from '../ui/dialog.tsx';
import { Field, TextArea } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';

/** A first message. It is waited for, as the name may be wrong. */
export function ComposeDialog({ onClose }: { onClose(): void }) {
  const { client, inbox } = useSession();
  const words = text.compose;
  return (
    <Modal title={words.title} hint={words.hint} onClose={onClose}>
      <Form
        submit={words.submit}
        busy={text.conversation.sending}
        onSubmit={async ({ recipient = '', message = '' }) => {
          inbox.add(await client.inbox.sendMessage.mutate({ recipient, text: message }));
          onClose();
          navigate({ page: 'inbox', peer: recipient });
        }}
      >
        <Field
          label={words.recipient}
          name="recipient"
          required
          maxLength={100}
          autoComplete="off"
          autoCapitalize="none"
        />
        <TextArea label={words.message} name="message" required maxLength={16_384} />
      </Form>
    </Modal>
  );
}
