import { serverInfo } from '../services/operations/server-info.ts';
import { serverInfo as info } from './outputs/server.ts';
import { publicProcedure, router } from './trpc.ts';

export const serverRouter = router({
  /** The version of the server, whether avatars from other servers are to be shown and mail is sent, and limits that clients take into account. */
  info: publicProcedure.output(info).query(({ ctx }) => serverInfo(ctx.deps)),
});
