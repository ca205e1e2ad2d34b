import { type KeyboardEvent, useEffect, useId, useState } from 'react';
import { explain } from '../failure.ts';
import { laterText } from '../later-text.ts';
import { Avatar } from '../ui/avatar.tsx';
import { Badge } from '../ui/badge.tsx';
import { Modal } from '../ui/dialog.tsx';
import { Field, Notice } from '../ui/field.tsx';
import { HashIcon, LockIcon } from '../ui/icons.tsx';
import { isSubmitKey } from '../ui/submit-key.ts';
import { type Place, usePlaces } from './use-places.ts';

const words = laterText.switcher;

/** Finds a room or a person by some letters of the name, and goes there. */
export function Switcher({ onClose }: { onClose(): void }) {
  const [typed, setTyped] = useState('');
  const [active, setActive] = useState(0);
  const [error, setError] = useState<unknown>();
  const places = usePlaces(typed);
  const listId = useId();
  const at = Math.min(active, places.length - 1);
  const optionId = (index: number) => `${listId}-${index}`;

  async function open(place: Place | undefined) {
    if (!place) return;
    setError(undefined);
    try {
      await place.open();
      onClose();
    } catch (cause) {
      setError(cause);
    }
  }

  function onKeyDown(event: KeyboardEvent<HTMLInputElement>) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (places.length > 0) setActive((at + step + places.length) % places.length);
    }
    if (isSubmitKey(event)) void open(places[at]);
  }

  return (
    <Modal title={words.title} onClose={onClose}>
      <Field
        label={words.label}
        role="combobox"
        aria-expanded={places.length > 0}
        aria-controls={listId}
        aria-autocomplete="list"
        aria-activedescendant={at < 0 ? undefined : optionId(at)}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={100}
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
      />
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      <p className={places.length > 0 ? 'visually-hidden' : 'hint'} role="status">
        {places.length > 0 ? words.found(places.length) : words.none}
      </p>
      <div className="list switcher-list" role="listbox" id={listId} aria-label={words.places}>
        {places.map((place, index) => (
          <Option
            key={place.key}
            id={optionId(index)}
            place={place}
            isActive={index === at}
            onChoose={() => void open(place)}
          />
        ))}
      </div>
    </Modal>
  );
}

interface OptionProps {
  id: string;
  place: Place;
  isActive: boolean;
  onChoose(): void;
}

/** The field keeps the focus; the keyboard chooses there. */
function Option({ id, place: { name, kind, unread }, isActive, onChoose }: OptionProps) {
  useEffect(() => {
    if (isActive) document.getElementById(id)?.scrollIntoView({ block: 'nearest' });
  }, [isActive, id]);
  return (
    <button
      type="button"
      className={`list-item ${unread > 0 ? 'list-item-unread' : ''}`}
      role="option"
      id={id}
      aria-selected={isActive}
      tabIndex={-1}
      onPointerDown={(event) => event.preventDefault()}
      onClick={onChoose}
    >
      {kind === 'person' ? (
        <Avatar username={name} size="small" />
      ) : (
        <span className="list-icon">{kind === 'privateRoom' ? <LockIcon /> : <HashIcon />}</span>
      )}
      <bdi className="list-name">{name}</bdi>
      <span className={kind === 'publicRoom' ? 'hint' : 'visually-hidden'}>{words.kinds[kind]}</span>
      <Badge count={unread} />
    </button>
  );
}
