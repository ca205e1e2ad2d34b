import { text } from '../text.ts';
import { Select } from '../ui/field.tsx';

interface DurationFieldProps {
  label: string;
  hint: string;
  name: string;
  /** What no length of time is called, whose value is 0. */
  none: string;
  /** In seconds. */
  usual: readonly number[];
  initial: number;
}

/** A length of time to choose, in seconds. Another than the usual ones can be kept. */
export function DurationField({ none, usual, initial, ...field }: DurationFieldProps) {
  const choices = [...new Set([0, initial, ...usual])].sort((a, b) => a - b);
  return (
    <Select {...field} defaultValue={initial}>
      {choices.map((seconds) => (
        <option key={seconds} value={seconds}>
          {seconds === 0 ? none : text.common.duration(seconds)}
        </option>
      ))}
    </Select>
  );
}
