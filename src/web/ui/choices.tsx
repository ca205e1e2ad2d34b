import { useId } from 'react';

interface ChoicesProps<Value extends string> {
  title: string;
  hint?: string;
  /** Of the field, whose value is the one that is chosen. */
  name: string;
  options: readonly Value[];
  labels: Readonly<Record<Value, string>>;
  initial: Value;
  onChoice?(value: Value): void;
}

/** Radio buttons, of which one is chosen. */
export function Choices<Value extends string>(props: ChoicesProps<Value>) {
  const { title, hint, name, options, labels, initial, onChoice } = props;
  const id = useId();
  return (
    <fieldset className="choices" aria-describedby={hint && id}>
      <legend>{title}</legend>
      {options.map((value) => (
        <label key={value} className="choice">
          <input
            type="radio"
            name={name}
            value={value}
            defaultChecked={value === initial}
            onChange={() => onChoice?.(value)}
          />
          {labels[value]}
        </label>
      ))}
      {hint && (
        <p className="hint" id={id}>
          {hint}
        </p>
      )}
    </fieldset>
  );
}
