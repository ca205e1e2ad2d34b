import { type ComponentProps, type FormEvent, type ReactNode, useState } from 'react';
import { explain } from '../failure.ts';
import { Notice } from './field.tsx';

interface FormProps extends Omit<ComponentProps<'form'>, 'onSubmit' | 'children'> {
  /** Receives the fields by name. If it throws, the error is shown and the fields keep their values. */
  onSubmit(fields: Record<string, string>): Promise<unknown>;
  children: ReactNode;
  submit: string;
  busy?: string;
  /** Rendered next to the submit button. */
  aside?: ReactNode;
  done?: string;
}

export function Form({ onSubmit, children, submit, busy, aside, done, ...form }: FormProps) {
  const [error, setError] = useState<unknown>();
  const [state, setState] = useState<'idle' | 'busy' | 'done'>('idle');

  async function send(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (state === 'busy') return;
    const element = event.currentTarget;
    setState('busy');
    setError(undefined);
    try {
      await onSubmit(fieldsOf(element));
      setState('done');
    } catch (cause) {
      setError(cause);
      setState('idle');
    }
  }

  return (
    <form className="form" onSubmit={(event) => void send(event)} {...form}>
      {children}
      {error !== undefined && <Notice kind="error">{explain(error)}</Notice>}
      {state === 'done' && done && <Notice kind="success">{done}</Notice>}
      <footer className="dialog-footer">
        {aside}
        <button type="submit" className="button button-primary" aria-disabled={state === 'busy'}>
          {state === 'busy' && busy ? busy : submit}
        </button>
      </footer>
    </form>
  );
}

function fieldsOf(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}
