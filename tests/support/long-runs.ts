/**
 * How often a test repeats what depends on chance: the first number in `npm test`, which everybody waits for, the second with
 * `npm run test:long`, which runs at night.
 */
export const repetitions = (usual: number, long: number): number =>
  process.env.LONG_RUNS === 'on' ? long : usual;
