import { laterText } from '../later-text.ts';
import { Modal } from '../ui/dialog.tsx';

const words = laterText.keyboardHelp;

/** What can be done with keys alone, besides Tab. */
export function KeyboardHelp({ onClose }: { onClose(): void }) {
  return (
    <Modal title={words.title} hint={words.hint} onClose={onClose}>
      <dl className="keys">
        {words.keys.map(([keys, effect]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{effect}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
