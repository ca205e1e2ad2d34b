import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../core/errors.ts';
import { loaderFor } from '../../core/loader-for.ts';

interface Options {
  /** The module that it runs: it sends one message once it is ready, and then one in reply to each that it gets. */
  module: URL;
  args: string[];
  /** Of JavaScript objects, in megabytes. What else it uses, it has to bound itself. */
  maxHeapMb: number;
  /** For each reply, in milliseconds. */
  timeLimitMs: number;
  /** It is ended once it has had nothing to do for so long, in milliseconds. */
  idleMs: number;
  /** Receives why a message got no reply. */
  onFailure(reason: string): void;
}

export interface WorkerProcess {
  /**
   * Resolves to the reply to a message; undefined if there was none within the time limit, or if the process ended. Starts the
   * process if it does not run. One call at a time. Throws 'UNAVAILABLE' if it cannot be started, which says nothing about the message.
   */
  ask(message: object): Promise<unknown>;
  /** Kills the process and waits for its end. The next call starts another. */
  end(): Promise<void>;
}

/** For loading the module, on a machine that is busy. */
const startLimitMs = 30_000;

/** A child process that inherits nothing of this one: no environment variables, no standard input, no options of Node. */
export function createWorkerProcess(options: Options): WorkerProcess {
  const { module, args, maxHeapMb, timeLimitMs, idleMs, onFailure } = options;
  const file = fileURLToPath(module);
  let current: ChildProcess | undefined;
  /** Those that were ended on purpose. */
  const ended = new WeakSet<ChildProcess>();
  let ending = Promise.resolve();
  let idle: NodeJS.Timeout | undefined;
  /** The end of what it wrote to its standard error. */
  let errors = '';

  function start(): ChildProcess {
    const child = fork(file, args, {
      env: {},
      execArgv: [`--max-old-space-size=${maxHeapMb}`, ...loaderFor(file)],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    errors = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-1000);
    });
    child.on('error', ({ message }) => {
      errors = message;
    });
    child.once('exit', () => {
      if (current === child) current = undefined;
    });
    current = child;
    return child;
  }

  /** Kills the process if it does not come in time. Undefined if the process ends first. */
  function nextMessage(from: ChildProcess, limitMs: number): Promise<unknown> {
    return new Promise((resolve) => {
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        from.kill('SIGKILL');
      }, limitMs);
      const settle = (message?: unknown) => {
        clearTimeout(timer);
        from.off('message', settle).off('close', fail);
        resolve(message);
      };
      const fail = (code: number | null, signal: string | null) => {
        if (isLate) onFailure(`took longer than ${limitMs} ms`);
        else if (!ended.has(from)) onFailure(`ended with ${signal ?? code}: ${errors}`);
        settle();
      };
      // Not 'exit': only now all that it wrote has been read.
      from.once('message', settle).once('close', fail);
    });
  }

  function end(): Promise<void> {
    clearTimeout(idle);
    const child = current;
    if (child) {
      current = undefined; // what is asked from now on is for another
      ended.add(child);
      ending = new Promise((resolve) => child.once('close', () => resolve()));
      child.kill('SIGKILL');
    }
    return ending;
  }

  return {
    async ask(message) {
      clearTimeout(idle);
      if (!current?.connected && (await nextMessage(start(), startLimitMs)) === undefined)
        throw new AppError('UNAVAILABLE', {
          message: 'pictures cannot be read for the moment',
          retryAfterMs: 5000,
        });
      const child = current;
      if (!child) return undefined; // it has ended since
      const reply = nextMessage(child, timeLimitMs);
      child.send(message, () => {}); // an error is followed by the end of the process
      await reply;
      idle = setTimeout(() => void end(), idleMs).unref();
      return reply;
    },

    end,
  };
}
