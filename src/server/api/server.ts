import { serverInfo } from '../services/operations/server-info.ts';
import { serverInfo as info } from './outputs/server.ts';
import { publicProcedure, router } from './trpc.ts';

export const serverRouter = router({
  /** The version of the server, and its limits that clients take into account. */
  info: publicProcedure.output(info).query(({ ctx }) => serverInfo(ctx.deps)),
});
