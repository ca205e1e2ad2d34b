/** How thorough a run is. */
export interface RunOptions {
  rounds: number;
  /** How long the load of one measurement over HTTP lasts. */
  seconds: number;
  /** A short run: smaller numbers everywhere, good for a look and not for a claim. */
  quick: boolean;
}
