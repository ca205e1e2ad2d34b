import { describe, expect, it } from 'vitest';
import { beginLogin } from '../../src/server/services/identities/log-in.ts';
import { type Person, startWithIssuers } from '../support/oidc.ts';
import { refusal, tally } from '../support/refusal.ts';

const ada: Person = { id: 'ada-at-company', email: 'ada@example.com', email_verified: true };
const eve: Person = { id: 'eve-at-company', email: 'eve@example.com', email_verified: true };

describe('strangers', () => {
  it('store nothing by what they begin, nor by what the issuer does not confirm', async () => {
    const { deps, arrive, finish, anonymous } = await startWithIssuers();
    const begin = (network: number) =>
      beginLogin(deps, { issuerId: 'company', address: `2001:db8:0:${network}::1`, session: undefined });
    await Promise.all(Array.from({ length: 100 }, (_, network) => begin(network)));
    const { login, url } = await arrive(ada);
    const wrong = new URL(url);
    wrong.searchParams.set('code', 'x'.repeat(43));
    for (const answer of [wrong.href, wrong.href, 'https://evil.example/'])
      await expect(anonymous.auth.finishOidc.mutate({ login, url: answer })).rejects.toMatchObject(
        refusal('ISSUER_REFUSED'),
      );
    await expect(finish(undefined)).rejects.toMatchObject(refusal('ISSUER_REFUSED'));
    expect(await deps.db.oidcLogin.count()).toBe(0);
    // What has not been confirmed is still under way.
    expect(await anonymous.auth.finishOidc.mutate({ login, url })).toMatchObject({ status: 'new' });
  });

  it('shut nobody else out, however many log-ins are stored', async () => {
    const { deps, finish, anonymous } = await startWithIssuers();
    const expiresAt = new Date(deps.clock() + 600_000);
    const others = Array.from({ length: 10_000 }, (_, index) => ({
      ...{ handleHash: `of ${index}`, issuerId: 'company', expiresAt },
      subject: index % 2 === 0 ? null : `somebody ${index}`,
    }));
    for (let from = 0; from < others.length; from += 2000)
      await deps.db.oidcLogin.createMany({ data: others.slice(from, from + 2000) });
    const finished = await finish(ada);
    if (finished.status !== 'new') throw new Error(finished.status);
    await anonymous.auth.registerOidc.mutate({ login: finished.login, username: 'ada' });
    expect(await finish(ada)).toMatchObject({ status: 'loggedIn' });
  });

  it('have five confirmed log-ins that wait for a name, each of them', async () => {
    const { deps, finish, anonymous } = await startWithIssuers();
    const logins: string[] = [];
    const begin = async (person: Person) => {
      const finished = await finish(person);
      return finished.status === 'new' ? finished.login : expect.fail(finished.status);
    };
    const other = await begin(ada);
    for (let count = 0; count < 7; count += 1) logins.push(await begin(eve));
    expect(await deps.db.oidcLogin.count({ where: { subject: eve.id } })).toBe(5);
    const register = (login: string, username: string) =>
      anonymous.auth.registerOidc.mutate({ login, username });
    await expect(register(logins[1] ?? '', 'eve')).rejects.toMatchObject(refusal('LOGIN_EXPIRED'));
    await register(logins[2] ?? '', 'eve');
    await register(other, 'ada');
  });

  it('ask an issuer 300 times in 15 minutes from one network with what it does not confirm', async () => {
    const { arrive, anonymous, deps } = await startWithIssuers({ rateLimit: true });
    const { login, url } = await arrive(ada);
    const refused = await arrive(undefined);
    const fail = () => anonymous.auth.finishOidc.mutate(refused);
    const { ISSUER_REFUSED: count = 0, ...rest } = await tallyInTurn(300, fail);
    expect([count, rest]).toEqual([300, {}]);
    await expect(fail()).rejects.toMatchObject(refusal('TOO_MANY_REQUESTS'));
    await expect(anonymous.auth.finishOidc.mutate({ login, url })).rejects.toMatchObject(
      refusal('TOO_MANY_REQUESTS'),
    );
    expect(await deps.db.oidcLogin.count()).toBe(0);
    const [reached] = await deps.limits.reached();
    expect(reached).toMatchObject({ name: 'oidcRefusals' });
    await deps.limits.reset('oidcRefusals', reached?.key ?? '');
    // It was not taken meanwhile.
    expect(await anonymous.auth.finishOidc.mutate({ login, url })).toMatchObject({ status: 'new' });
  });

  it('make no handle of their own, and none of one thing of another', async () => {
    const { arrive, anonymous, user, issuers } = await startWithIssuers({}, ['company', 'school']);
    const { client } = await user('ada');
    const { login, url } = await arrive(ada);
    const linking = await arrive(ada, { client, link: true });
    const [, at] = issuers;
    const school = await arrive(ada, { ...(at && { at }) });
    const bytes = Buffer.from(login, 'base64url');
    const other = Buffer.from(linking.login, 'base64url');
    // Expiry, random bits, whose it is, and the signature.
    const parts = [0, 8, 32, 48, 64];
    expect([bytes.length, other.length]).toEqual([64, 64]);
    const forged = parts.slice(0, -1).flatMap((from, index) => {
      const changed = Buffer.from(bytes);
      changed[from] = (changed[from] ?? 0) ^ 1;
      const swapped = Buffer.from(bytes);
      other.copy(swapped, from, from, parts[index + 1]);
      return [changed, swapped];
    });
    const spelled = [
      ...forged.map((each) => each.toString('base64url')),
      `${login}=`,
      bytes.toString('base64'),
    ];
    for (const each of [...spelled.filter((each) => each !== login), '', ' ', 'x'].filter(Boolean))
      await expect(anonymous.auth.finishOidc.mutate({ login: each, url })).rejects.toMatchObject(
        refusal('LOGIN_EXPIRED'),
      );
    await expect(anonymous.auth.finishOidc.mutate({ login: school.login, url })).rejects.toMatchObject(
      refusal('ISSUER_REFUSED'),
    );
    expect(await anonymous.auth.finishOidc.mutate({ login, url })).toMatchObject({ status: 'new' });
  });
});

/** As `tally`, one after the other. */
async function tallyInTurn(times: number, call: () => Promise<unknown>): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  for (let count = 0; count < times; count += 1)
    for (const name of Object.keys(await tally([call()]))) counted[name] = (counted[name] ?? 0) + 1;
  return counted;
}
