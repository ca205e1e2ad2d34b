/** CPU µs of one run of `work`, averaged over `times` runs. The process must do nothing else meanwhile. */
export async function costOf(times: number, work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < times; done += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}
