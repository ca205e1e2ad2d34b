import { Counter, type Metric, type Registry } from 'prom-client';

/** Upper bounds in seconds: from a call that touches memory alone to one that waits for a queue of passwords. */
const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** How often something was done with which outcome, and how long it took. */
export class Timing {
  readonly outcomes = new Map<number | string, number>();
  /** By bucket, the last of which has no bound. Not cumulative. */
  readonly counts = bounds.map(() => 0).concat(0);
  seconds = 0;

  count(outcome: number | string): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  time(seconds: number): void {
    let bucket = 0;
    while (bucket < bounds.length && seconds > (bounds[bucket] as number)) bucket += 1; // safe: bucket < length
    this.counts[bucket] = (this.counts[bucket] as number) + 1; // safe: there is one bucket more than bounds
    this.seconds += seconds;
  }
}

interface Names {
  /** What tells one kind of work from another, and how its outcome is called. */
  labels: readonly [first: string, second: string, outcome: string];
  counter: { name: string; help: string };
  histogram: { name: string; help: string };
}

/**
 * A counter and a histogram for work that is done at every request: prom-client finds its place by the text of all
 * labels at each count, which is 0.8 µs for the two of them; here it is found once.
 */
export function createTimings(registry: Registry, { labels: [first, second, outcome], ...names }: Names) {
  const timings = new Map<string, Map<string, Timing>>();

  function* all(): Generator<[labels: Record<string, string>, timing: Timing]> {
    for (const [a, ofFirst] of timings)
      for (const [b, timing] of ofFirst) yield [{ [first]: a, [second]: b }, timing];
  }

  new Counter({
    ...names.counter,
    labelNames: [first, second, outcome],
    registers: [registry],
    collect() {
      this.reset();
      for (const [labels, timing] of all())
        for (const [name, count] of timing.outcomes) this.inc({ ...labels, [outcome]: name }, count);
    },
  });

  const { name, help } = names.histogram;
  const get = async () => ({
    name,
    help,
    type: 'histogram',
    values: [...all()].flatMap(([labels, timing]) => bucketsOf(name, labels, timing)),
  });
  // safe: a registry asks nothing more of a metric than its name and `get`
  registry.registerMetric({ name, get } as unknown as Metric);

  return (a: string, b: string): Timing => {
    const known = timings.get(a)?.get(b);
    if (known) return known;
    const timing = new Timing();
    const ofFirst = timings.get(a);
    if (ofFirst) ofFirst.set(b, timing);
    else timings.set(a, new Map([[b, timing]]));
    return timing;
  };
}

function bucketsOf(name: string, labels: Record<string, string>, { counts, seconds }: Timing) {
  let total = 0;
  const values = counts.map((count, index) => {
    total += count;
    const le = bounds[index] ?? '+Inf';
    return { labels: { le, ...labels }, value: total, metricName: `${name}_bucket` };
  });
  return [
    ...values,
    { labels, value: seconds, metricName: `${name}_sum` },
    { labels, value: total, metricName: `${name}_count` },
  ];
}
