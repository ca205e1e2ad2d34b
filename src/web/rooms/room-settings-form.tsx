import { useState } from 'react';
import type { Outputs } from '../../client/index.ts';
import { laterText } from '../later-text.ts';
import { useSession } from '../session/session.ts';
import { Field, TextArea } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';
import { AccessFields } from './access-fields.tsx';
import { DurationField } from './duration-field.tsx';

export type RoomDetails = Outputs['chat']['updateRoom'];

const words = laterText.roomSettings;
const day = 24 * 3600;
const lifespans = [day, 7 * day, 30 * day, 90 * day, 365 * day];
const pauses = [5, 10, 30, 60, 5 * 60, 15 * 60, 3600];

interface RoomSettingsFormProps {
  room: RoomDetails;
  /** Others than owners change only the topic and slow mode. */
  isOwner: boolean;
  onDone(): void;
}

export function RoomSettingsForm({ room, isOwner, onDone }: RoomSettingsFormProps) {
  const { client } = useSession();
  // What others change meanwhile is not changed back.
  const [before] = useState(room);
  return (
    <Form
      submit={words.submit}
      onSubmit={async (fields) => {
        const changes = changesOf(fields, before);
        if (Object.keys(changes).length > 0)
          await client.chat.updateRoom.mutate({ roomId: before.id, ...changes });
        onDone();
      }}
    >
      {isOwner && (
        <Field
          label={words.name}
          name="name"
          defaultValue={before.name}
          required
          maxLength={100}
          autoComplete="off"
        />
      )}
      <Field
        label={words.topic}
        name="topic"
        defaultValue={before.topic}
        maxLength={250}
        autoComplete="off"
      />
      {isOwner && (
        <>
          <TextArea
            label={words.description}
            name="description"
            defaultValue={before.description}
            maxLength={2000}
          />
          <AccessFields hasPassword={before.isPrivate} />
        </>
      )}
      <DurationField
        label={words.slowMode}
        hint={words.slowModeHint}
        name="slowModeSeconds"
        none={words.slowModeOff}
        usual={pauses}
        initial={before.slowModeSeconds}
      />
      {isOwner && before.history === 'kept' && (
        <DurationField
          label={words.lifespan}
          hint={words.lifespanHint}
          name="lifespanSeconds"
          none={words.forGood}
          usual={lifespans}
          initial={before.lifespanSeconds ?? 0}
        />
      )}
    </Form>
  );
}

/** Fields that are not there have not changed. */
function changesOf(fields: Partial<Record<string, string>>, before: RoomDetails) {
  const { name, topic, description, access, password = '' } = fields;
  const slowModeSeconds = Number(fields.slowModeSeconds ?? before.slowModeSeconds);
  const lifespanSeconds = Number(fields.lifespanSeconds ?? before.lifespanSeconds) || null;
  return {
    ...(name !== undefined && name !== before.name && { name }),
    ...(topic !== undefined && topic !== before.topic && { topic }),
    ...(description !== undefined && description !== before.description && { description }),
    ...(access === 'private' && password !== '' && { password }),
    ...(access === 'public' && before.isPrivate && { password: null }),
    ...(slowModeSeconds !== before.slowModeSeconds && { slowModeSeconds }),
    ...(lifespanSeconds !== before.lifespanSeconds && { lifespanSeconds }),
  };
}
