import { useState } from 'react';
import { text } from '../text.ts';
import { Modal } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { useCreateRoom } from './use-rooms.ts';

export function CreateRoomDialog({ onClose }: { onClose(): void }) {
  const [isPrivate, setPrivate] = useState(false);
  const createRoom = useCreateRoom();
  const words = text.createRoom;
  return (
    <Modal title={words.title} hint={words.hint} onClose={onClose}>
      <Form
        submit={words.submit}
        onSubmit={async ({ name = '', password = '' }) => {
          await createRoom({ name, ...(isPrivate && { password }) });
          onClose();
        }}
      >
        <Field label={words.name} name="name" required maxLength={100} autoComplete="off" />
        <fieldset className="choices">
          <legend>{words.kind}</legend>
          <label className="choice">
            <input type="radio" name="kind" checked={!isPrivate} onChange={() => setPrivate(false)} />
            {words.everybody}
          </label>
          <label className="choice">
            <input type="radio" name="kind" checked={isPrivate} onChange={() => setPrivate(true)} />
            {words.withPassword}
          </label>
        </fieldset>
        {isPrivate && (
          <Field
            label={words.password}
            hint={words.passwordHint}
            name="password"
            required
            pattern=".*\S.*"
            autoComplete="off"
          />
        )}
      </Form>
    </Modal>
  );
}
