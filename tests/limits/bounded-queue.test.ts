import { expect, it } from 'vitest';
import { createBoundedQueue } from '../../src/server/limits/bounded-queue.ts';
import { hashing, hashPassword, isPassword, nobodysHash } from '../../src/server/services/passwords.ts';

/** Jobs that end when told to. */
function createJobs(queue: ReturnType<typeof createBoundedQueue>) {
  const begun: number[] = [];
  const ends = new Map<number, (error?: Error) => void>();
  const add = (number: number) =>
    queue.run(
      () =>
        new Promise<number>((resolve, reject) => {
          begun.push(number);
          ends.set(number, (error) => (error ? reject(error) : resolve(number)));
        }),
    );
  return { begun, add, end: (number: number, error?: Error) => ends.get(number)?.(error) };
}

const turn = () => new Promise(setImmediate);

it('runs so many at one time, the others in the order in which they came', async () => {
  const queue = createBoundedQueue({ running: 2, waiting: 10, retryAfterMs: 1 });
  const { begun, add, end } = createJobs(queue);
  const jobs = [1, 2, 3, 4].map(add);
  await turn();
  expect([begun, queue.running, queue.waiting]).toEqual([[1, 2], 2, 2]);

  end(2);
  await jobs[1];
  await turn();
  expect([begun, queue.running, queue.waiting]).toEqual([[1, 2, 3], 2, 1]);

  for (const number of [1, 3]) end(number);
  await turn();
  end(4);
  expect(await Promise.all(jobs)).toEqual([1, 2, 3, 4]);
  await turn();
  expect([queue.running, queue.waiting]).toEqual([0, 0]);
});

it('refuses who would wait in too long a queue, and nobody else', async () => {
  const queue = createBoundedQueue({ running: 1, waiting: 2, retryAfterMs: 5000 });
  const { add, end } = createJobs(queue);
  const jobs = [1, 2, 3].map(add);
  await expect(add(4)).rejects.toMatchObject({ reason: 'TOO_MANY_REQUESTS', retryAfterMs: 5000 });
  for (const number of [1, 2, 3]) {
    await turn();
    end(number);
  }
  expect(await Promise.all(jobs)).toEqual([1, 2, 3]);
});

it('goes on after a job that fails', async () => {
  const queue = createBoundedQueue({ running: 1, waiting: 2, retryAfterMs: 1 });
  const { add, end } = createJobs(queue);
  const [failing, next] = [add(1), add(2)];
  await turn();
  end(1, new Error('failed'));
  await expect(failing).rejects.toThrow('failed');
  await turn();
  end(2);
  expect(await next).toBe(2);
});

it('leaves two of the four threads alone when many passwords are hashed and compared', async () => {
  const legacy = 'pbkdf2:sha1:1000$xJEBXeHCpx1kB5YH$6f1a5fef6a1a54c80c13d268740748a79f739293';
  const jobs = Array.from({ length: 12 }, (_, index) =>
    index % 3 === 0 ? hashPassword('secret') : isPassword('secret', index % 3 === 1 ? nobodysHash : legacy),
  );
  let most = 0;
  const done = Promise.all(jobs).then(() => true);
  while (!(await Promise.race([done, turn().then(() => false)]))) most = Math.max(most, hashing.running);
  expect([most, hashing.running, hashing.waiting]).toEqual([2, 0, 0]);
});
