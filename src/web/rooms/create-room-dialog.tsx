import { laterText } from '../later-text.ts';
import { Choices } from '../ui/choices.tsx';
import { Modal } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { AccessFields } from './access-fields.tsx';
import { useCreateRoom } from './use-rooms.ts';

const words = laterText.createRoom;

export function CreateRoomDialog({ onClose }: { onClose(): void }) {
  const createRoom = useCreateRoom();
  return (
    <Modal title={words.title} hint={words.hint} onClose={onClose}>
      <Form
        submit={words.submit}
        onSubmit={async ({ name = '', access, password = '', history }) => {
          await createRoom({
            name: name.trim(),
            ...(access === 'private' && { password }),
            ...(history === 'kept' && { history }),
          });
          onClose();
        }}
      >
        <Field label={words.name} name="name" required maxLength={100} autoComplete="off" />
        <AccessFields />
        <Choices
          title={words.history}
          hint={words.historyHint}
          name="history"
          options={['ephemeral', 'kept']}
          labels={words.histories}
          initial="ephemeral"
        />
      </Form>
    </Modal>
  );
}
