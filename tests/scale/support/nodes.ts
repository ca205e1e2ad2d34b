import { spawnMirage } from '../../support/process.ts';
import { freePort } from './private-services.ts';
import { filesFolder } from './services.ts';

type Process = Awaited<ReturnType<typeof spawnMirage>>;

/** Server processes with the same settings, each at an address that it keeps when it is started anew. */
export async function startNodes(count: number, env: Record<string, string>) {
  const files = filesFolder();
  const processes: Process[] = [];
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);

  async function start(node: number) {
    const process = await spawnMirage({ FILES_URL: files, ...env, PORT: String(ports[node]) });
    processes[node] = process;
    await process.url();
  }

  await Promise.all(urls.map((_, node) => start(node)));
  return {
    urls,
    start,
    /** As when the power fails. */
    async kill(node: number) {
      processes[node]?.kill('SIGKILL');
      await processes[node]?.ended();
    },
  };
}
