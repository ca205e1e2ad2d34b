import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { Outputs } from '../../client/index.ts';
import { explain } from '../failure.ts';
import { laterText } from '../later-text.ts';
import { useSession } from '../session/session.ts';
import { text } from '../text.ts';
import { Choices } from '../ui/choices.tsx';
import { Skeleton } from '../ui/empty.tsx';
import { Notice } from '../ui/field.tsx';
import { Form } from '../ui/form.tsx';

type Privacy = Outputs['users']['getPrivacy'];

const words = laterText.privacy;
const audiences = ['everyone', 'roommates', 'nobody'] as const satisfies Privacy['presence'][];
const queryKey = ['privacy'];

export function PrivacyForm() {
  const { client } = useSession();
  const queries = useQueryClient();
  const { data, error, isPending } = useQuery({
    queryKey,
    queryFn: () => client.users.getPrivacy.query(),
  });
  if (isPending) return <Skeleton rows={3} />;
  if (!data) return <Notice kind="error">{explain(error)}</Notice>;
  return (
    <Form
      submit={text.common.save}
      done={text.common.saved}
      onSubmit={async (fields) => {
        const audienceOf = (name: string) => audiences.find((audience) => audience === fields[name]);
        const [whoMayWrite, presence] = [audienceOf('whoMayWrite'), audienceOf('presence')];
        const saved = await client.users.updatePrivacy.mutate({
          ...(whoMayWrite && { whoMayWrite }),
          ...(presence && { presence }),
          readReceipts: fields.readReceipts === 'on',
          findable: fields.findable === 'on',
        });
        queries.setQueryData(queryKey, saved);
      }}
    >
      <Choices
        title={words.whoMayWrite}
        name="whoMayWrite"
        options={audiences}
        labels={words.audiences}
        initial={data.whoMayWrite}
      />
      <Choices
        title={words.presence}
        name="presence"
        options={audiences}
        labels={words.audiences}
        initial={data.presence}
      />
      <Choice
        name="readReceipts"
        label={words.readReceipts}
        hint={words.readReceiptsHint}
        isOn={data.readReceipts}
      />
      <Choice name="findable" label={words.findable} hint={words.findableHint} isOn={data.findable} />
    </Form>
  );
}

function Choice({ name, label, hint, isOn }: { name: string; label: string; hint: string; isOn: boolean }) {
  const id = `${name}-hint`;
  return (
    <div>
      <label className="choice">
        <input type="checkbox" name={name} defaultChecked={isOn} aria-describedby={id} />
        {label}
      </label>
      <p className="hint" id={id}>
        {hint}
      </p>
    </div>
  );
}
