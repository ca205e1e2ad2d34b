import { useState } from 'react';
import { laterText } from '../later-text.ts';
import { Choices } from '../ui/choices.tsx';
import { Field } from '../ui/field.tsx';

const words = laterText.roomAccess;

/** Who can join a room: the fields `access`, `public` or `private`, and `password`. */
export function AccessFields({ hasPassword = false }: { hasPassword?: boolean }) {
  const [isPrivate, setPrivate] = useState(hasPassword);
  return (
    <>
      <Choices
        title={words.title}
        name="access"
        options={['public', 'private']}
        labels={words.kinds}
        initial={hasPassword ? 'private' : 'public'}
        onChoice={(kind) => setPrivate(kind === 'private')}
      />
      {isPrivate && (
        <Field
          label={words.password}
          hint={hasPassword ? words.unchangedHint : words.passwordHint}
          name="password"
          required={!hasPassword}
          onChange={({ currentTarget: field }) => {
            const isBlank = field.value !== '' && field.value.trim() === '';
            field.setCustomValidity(isBlank ? words.passwordBlank : '');
          }}
          autoComplete="off"
        />
      )}
    </>
  );
}
