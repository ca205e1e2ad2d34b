import { expect, it } from 'vitest';
import { createBoundedQueue } from '../../src/server/infra/limits/bounded-queue.ts';
import { dummyHash, hashing, hashPassword, isPassword } from '../../src/server/services/shared/passwords.ts';

/** Jobs that end when told to. */
function createJobs(queue: ReturnType<typeof createBoundedQueue>) {
  const begun: number[] = [];
  const ends = new Map<number, (error?: Error) => void>();
  const add = (number: number, line?: unknown) =>
    queue.run(
      () =>
        new Promise<number>((resolve, reject) => {
          begun.push(number);
          ends.set(number, (error) => (error ? reject(error) : resolve(number)));
        }),
      typeof line === 'string' ? line : undefined,
    );
  return { begun, add, end: (number: number, error?: Error) => ends.get(number)?.(error) };
}

const turn = () => new Promise(setImmediate);

it('runs a bounded number of jobs at once, in order of arrival', async () => {
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

it('refuses jobs only while the queue is full', async () => {
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

it('serves keys in turn, and each key in order of arrival', async () => {
  const queue = createBoundedQueue({ running: 1, waiting: 10, retryAfterMs: 1 });
  const { begun, add, end } = createJobs(queue);
  const lines = ['a', 'a', 'a', 'a', 'b', 'c', 'b'];
  const jobs = lines.map((line, index) => add(index, line));
  for (let done = 0; done < lines.length; done += 1) {
    await turn();
    end(begun[done] ?? 0);
  }
  await Promise.all(jobs);
  expect(begun).toEqual([0, 1, 4, 5, 2, 6, 3]);
});

it('refuses the newest job of the longest line when the queue is full', async () => {
  const queue = createBoundedQueue({ running: 1, waiting: 3, retryAfterMs: 5000 });
  const { begun, add, end } = createJobs(queue);
  const jobs = [0, 1, 2, 3].map((number) => add(number, 'a'));
  const refused = expect(jobs[3]).rejects.toMatchObject({ reason: 'TOO_MANY_REQUESTS', retryAfterMs: 5000 });
  const other = add(4, 'b');
  await refused;
  await expect(add(5, 'a')).rejects.toMatchObject({ reason: 'TOO_MANY_REQUESTS' });
  await expect(add(6, 'b')).rejects.toMatchObject({ reason: 'TOO_MANY_REQUESTS' });

  for (const number of [0, 1, 4, 2]) {
    await turn();
    end(number);
  }
  expect(await Promise.all([...jobs.slice(0, 3), other])).toEqual([0, 1, 2, 4]);
  expect([begun, queue.waiting]).toEqual([[0, 1, 4, 2], 0]);
});

it('takes jobs out that are aborted while they wait', async () => {
  const queue = createBoundedQueue({ running: 1, waiting: 2, retryAfterMs: 1 });
  const { begun, add, end } = createJobs(queue);
  const [first, second] = [new AbortController(), new AbortController()];
  const unexpected = () => Promise.reject(new Error('the job has begun'));
  const jobs = [add(1, 'a'), add(3, 'a')];
  const waiting = queue.run(unexpected, 'b', first.signal);
  first.abort();
  await expect(waiting).rejects.toMatchObject({ reason: 'ABORTED' });
  await expect(queue.run(unexpected, 'b', first.signal)).rejects.toMatchObject({ reason: 'ABORTED' });
  expect(queue.waiting).toBe(1);

  const last = queue.run(async () => 4, 'b', second.signal);
  for (const number of [1, 3]) {
    await turn();
    end(number);
  }
  await Promise.all(jobs);
  second.abort();
  expect(await last).toBe(4);
  await turn();
  expect([begun, queue.running, queue.waiting]).toEqual([[1, 3], 0, 0]);
});

it('continues after a failed job', async () => {
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

it('leaves two of the four pool threads free while passwords are hashed', async () => {
  const legacy = 'pbkdf2:sha1:1000$xJEBXeHCpx1kB5YH$6f1a5fef6a1a54c80c13d268740748a79f739293';
  const jobs = Array.from({ length: 12 }, (_, index) =>
    index % 3 === 0 ? hashPassword('secret') : isPassword('secret', index % 3 === 1 ? dummyHash : legacy),
  );
  let most = 0;
  const done = Promise.all(jobs).then(() => true);
  while (!(await Promise.race([done, turn().then(() => false)]))) most = Math.max(most, hashing.running);
  expect([most, hashing.running, hashing.waiting]).toEqual([2, 0, 0]);
});
