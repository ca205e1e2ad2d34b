/** Handlers of a server that tell how much its memory grows while something happens. */
export function memoryWatch() {
  let before = 0;
  let peak = 0;
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  return {
    watchMemory() {
      before = process.memoryUsage.rss();
      peak = before;
      timer = setInterval(look, 2);
    },
    /** Bytes of RSS at the peak, beyond those at the beginning. */
    memoryGrowth(): number {
      clearInterval(timer);
      look();
      return peak - before;
    },
  };
}
