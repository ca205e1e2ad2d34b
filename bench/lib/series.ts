/** The figures of one measurement, such as `{ rate: 20_000, cpuUs: 41 }`. */
export type Figures = Record<string, number>;

/** The same measurement of several servers, round by round. */
export type Rounds = Map<string, Figures[]>;

export interface Summary {
  median: number;
  min: number;
  max: number;
}

export type Contestants = Record<string, () => Promise<Figures>>;

/**
 * Measures each server in turn, and all of them again in each round, so that changes of the machine's speed affect all
 * of them. The first round is a warm-up and is discarded. `inRound` gives those of a round in their order.
 */
export async function interleave(
  contestants: Contestants,
  rounds: number,
  inRound: (round: number) => Contestants = () => contestants,
): Promise<Rounds> {
  const results: Rounds = new Map();
  for (const measure of Object.values(contestants)) await measure();
  for (let round = 0; round < rounds; round += 1)
    for (const [name, measure] of Object.entries(inRound(round)))
      results.set(name, [...(results.get(name) ?? []), await measure()]);
  return results;
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

const summarize = (values: number[]): Summary => ({
  median: median(values),
  min: Math.min(...values),
  max: Math.max(...values),
});

export function summary(rounds: Rounds, name: string, figure: string): Summary {
  return summarize((rounds.get(name) ?? []).map((figures) => figures[figure] ?? Number.NaN));
}

/** The ratios of one server's figure to another's, one for each round. */
export function ratio(rounds: Rounds, figure: string, name: string, reference: string): Summary {
  const references = rounds.get(reference) ?? [];
  const values = (rounds.get(name) ?? []).map((figures, round) => {
    const one = figures[figure] ?? Number.NaN;
    return one / (references[round]?.[figure] ?? Number.NaN);
  });
  return summarize(values);
}
