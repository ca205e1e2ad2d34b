import { hash } from 'node:crypto';
import { expect, it } from 'vitest';
import { startMirage } from '../support/harness.ts';

/** Hashes that Werkzeug made: of 'correct horse', and of 'pässwörd ✓'. */
const vectors = [
  [
    'pbkdf2:sha256:260000$PxKT8NO817x78n9A$10cb95aa1c4fb8ba90e27b9e220a36903cd0390ad744eacf46d8190adb5e6728',
    'pbkdf2:sha256:260000$D6aWZbQiFrQxQ2VW$b779d52df954e066b3f534238b44eb7795da2d0bdf1d8ac3083c98815fc04032',
  ],
  [
    'scrypt:32768:8:1$pfvT5z1OdvDL3lV1$2f8c673728e08947c12be1a5cb51c34a039fc4d6cf48a1b2bdc529f38f9155bdd5ae911290f25da0a112cafa9619419e9676308e6b6bdac8809a6236babdd333',
    'scrypt:32768:8:1$jwT5jtaYHz39o3zz$404c268834e8d825572b64d73d8aa5215309b262be4250894e5db3b2695670a8c584331ef810373e071468e2a3f3a93621218b3a5248dd2c4e4b19b3de638085',
  ],
  [
    'pbkdf2:sha256:1000000$W7e2QaGXanYlB1kJ$4fc081769947f0359966be03343117592cb7dab16db871478e934ee4e49f67ca',
    'pbkdf2:sha256:1000000$bF1t80IctzBeSMtK$9442d86d34a179cb10b4f0df0b7888c3e1e0e292ef55c8d3731bef75953690ab',
  ],
  [
    'pbkdf2:sha256:600000$yRsAVf5gOKlepkFx$39dd2eff28201ceea321675bdebe1da4284a5f2d97743b7ca3e0a45bb81f4371',
    'pbkdf2:sha256:600000$GGo8LJZq6ZDW9Nem$ee0980f62a2e10956048426b367ad4372e935a5d1373fc37269a90d64355f1a9',
  ],
  [
    'pbkdf2:sha1:1000$xJEBXeHCpx1kB5YH$6f1a5fef6a1a54c80c13d268740748a79f739293',
    'pbkdf2:sha1:1000$N7J17HkSUbV5k5dz$2de14b14019f4cb87fbca4da541493fc59eacd03',
  ],
  [
    'scrypt:16384:8:2$z7dcpl8EOVxbsvmD$ae06e59b0a485d7a88faa6bc67bd45fc9f1d4f91ea03ce3582d96e0255930f73cb93d441a369e9343ae7ff9e56399ceb4a0a6880f7aca4bda494d5aab36458b2',
    'scrypt:16384:8:2$qByqOHk8oJTQY2Wu$9097b06d18945cf55553a597cb4a8af05bca18e83eea662ef434de0d6dca936e502ba71918e13e0528cff30048a127789b41182b4958dcb323fe48f09f24423a',
  ],
] as const;
const passwords = ['correct horse', 'pässwörd ✓'] as const;
const cases = vectors.flatMap((hashes) =>
  hashes.map((stored, index) => [stored, passwords[index] ?? ''] as const),
);

it.each(cases)('lets in a user with the hash %s, and replaces it', async (stored, password) => {
  const { user, client, deps } = await startMirage();
  const { username } = await user('ada', 'another password');
  await deps.db.user.update({ where: { username }, data: { password: stored } });
  const login = (attempt: string) => client().auth.login.mutate({ username, password: attempt });

  await expect(login(`${password} `)).rejects.toMatchObject({ data: { reason: 'INVALID_CREDENTIALS' } });
  expect((await deps.db.user.findUniqueOrThrow({ where: { username } })).password).toBe(stored);
  await login(password);
  expect((await deps.db.user.findUniqueOrThrow({ where: { username } })).password).toMatch(/^\$argon2id\$/);
  await login(password);
});

it('opens a room with the hash of the original, and replaces it', async () => {
  const { user, deps } = await startMirage();
  const { client: ada } = await user('ada');
  const { client: bob } = await user('bob');
  const { id } = await ada.chat.createRoom.mutate({ name: 'vault', password: 'another' });
  await deps.db.room.update({ where: { id }, data: { passwordHash: hash('sha256', 's3cret', 'hex') } });

  await expect(bob.chat.joinRoom.mutate({ name: 'vault', password: 'S3cret' })).rejects.toMatchObject({
    data: { reason: 'WRONG_PASSWORD' },
  });
  await bob.chat.joinRoom.mutate({ name: 'vault', password: ' s3cret ' });
  expect((await deps.db.room.findUniqueOrThrow({ where: { id } })).passwordHash).toMatch(/^\$argon2id\$/);
  await bob.chat.joinRoom.mutate({ name: 'vault', password: 's3cret' });
});

it.each([
  '',
  'plain$$pw',
  'scrypt:32768:8:1$salt',
  'scrypt:3:8:1$salt$00',
  'scrypt:1073741824:8:1$salt$00',
  'pbkdf2:sha256:0$salt$00',
  'pbkdf2:sha256:99999999999$salt$00',
  'pbkdf2:md5:1$salt$00',
  '$argon2id$damaged',
])('lets nobody in with the hash "%s", which is none', async (stored) => {
  const { user, client, deps } = await startMirage();
  const { username } = await user('ada');
  await deps.db.user.update({ where: { username }, data: { password: stored } });
  await expect(client().auth.login.mutate({ username, password: 'pw' })).rejects.toMatchObject({
    data: { reason: 'INVALID_CREDENTIALS' },
  });
});
