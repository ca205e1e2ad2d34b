import { laterText } from '../later-text.ts';
import { Modal } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { useJoinRoom } from './use-rooms.ts';

export function JoinRoomDialog({ onClose }: { onClose(): void }) {
  const joinRoom = useJoinRoom();
  const words = laterText.joinRoom;
  return (
    <Modal title={words.title} hint={words.hint} onClose={onClose}>
      <Form
        submit={words.submit}
        onSubmit={async ({ name = '', password = '' }) => {
          await joinRoom({ name: name.trim(), ...(password !== '' && { password }) });
          onClose();
        }}
      >
        <Field label={words.name} name="name" required maxLength={100} autoComplete="off" />
        <Field
          label={words.password}
          hint={words.passwordHint}
          name="password"
          type="password"
          autoComplete="off"
        />
      </Form>
    </Modal>
  );
}
