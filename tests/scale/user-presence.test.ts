import { expect, it } from 'vitest';
import { liveClient } from '../support/live-client.ts';
import { shows } from '../support/presence.ts';
import { startCluster } from './support/cluster.ts';

/** Alice watches bob and carol, at the first server. */
async function setup() {
  const cluster = await startCluster();
  const [alice, bob, carol] = [
    await cluster.user('alice'),
    await cluster.user('bob'),
    await cluster.user('carol'),
  ];
  const open = ({ token }: typeof alice, node: number) => liveClient({ url: cluster.urlOf(node), token });
  const watching = open(alice, 0).users('bob', 'carol');
  await shows(watching, []);
  return { ...cluster, alice, bob, carol, open, watching };
}

it('shows who is online at any server, first and later', async () => {
  const { alice, bob, carol, open, watching } = await setup();
  const there = open(bob, 1).inbox();
  await shows(watching, ['bob']);
  open(carol, 0).inbox();
  await shows(watching, ['bob', 'carol']);
  for (const node of [0, 1]) await shows(open(alice, node).users('bob', 'carol', 'nobody'), ['bob', 'carol']);
  there.stop();
  await shows(watching, ['carol']);
  for (const node of [0, 1]) await shows(open(alice, node).users('bob', 'carol'), ['carol']);
});

it('keeps a user online who is connected to another server', async () => {
  const { bob, carol, open, watching } = await setup();
  const [here, there] = [open(bob, 0).inbox(), open(bob, 1).inbox()];
  const leaving = open(carol, 0).inbox();
  await shows(watching, ['bob', 'carol']);
  await there.started();
  here.stop();
  leaving.stop();
  // Going offline would have come by the time that carol, who went later, is gone.
  await shows(watching, ['bob']);
  expect(JSON.stringify(watching.events)).not.toContain('"offline":["bob"');
  there.stop();
  await shows(watching, []);
});

it('shows as gone whoever was at a server that stops', async () => {
  const { servers, bob, carol, open, watching } = await setup();
  await open(bob, 1).inbox().started();
  open(carol, 0).inbox();
  await shows(watching, ['bob', 'carol']);
  await servers[1]?.close();
  await shows(watching, ['carol']);
});

it('shows what happened while the bus was away', async () => {
  const { servers, bob, carol, open, watching } = await setup();
  const leaving = open(carol, 1).inbox();
  await shows(watching, ['carol']);
  // As when the connection to Redis was lost: nothing of this is published to the other server.
  const bus = servers[1]?.deps.bus ?? expect.fail('there are two servers');
  const { publish } = bus;
  bus.publish = async () => {};
  await open(bob, 1).inbox().started();
  leaving.stop();
  await expect.poll(() => servers[0]?.deps.presence.onlineOf(['bob', 'carol'])).toEqual(['bob']);
  expect(JSON.stringify(watching.events)).not.toMatch(/bob|offline/);
  bus.publish = publish;
  servers[0]?.deps.userPresence.renew();
  await shows(watching, ['bob']);
  expect(watching.words.filter((word) => word === 'state')).toHaveLength(2);
});
