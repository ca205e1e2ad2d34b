/** Options of a run. */
export interface RunOptions {
  rounds: number;
  /** Duration of one HTTP measurement. */
  seconds: number;
  /** A short run with smaller numbers: an overview, not a basis for claims. */
  quick: boolean;
}
