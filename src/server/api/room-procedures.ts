import { z } from 'zod';
import type { Session } from '../core/session.ts';
import { rowId } from '../core/validation.ts';
import { requireMember } from '../services/rooms/membership.ts';
import { requireWithinLimit } from '../services/shared/limits.ts';
import { type CheckOptions, check } from './check.ts';
import { authedProcedure } from './trpc.ts';

const ofRoom = z.object({ roomId: rowId });

export const roomProcedure = authedProcedure.input(ofRoom);

/** Only members may read or write in a room. */
export const memberProcedure = roomProcedure.use(
  check(({ ctx, input }: CheckOptions<{ session: Session }, { roomId: number }>) =>
    requireMember(ctx.deps, { roomId: input.roomId, username: ctx.session.username }),
  ),
);

/** For changes, which are many at a time only if a program makes them. The services decide who may. */
export const changingRoom = authedProcedure.use(
  check(({ ctx }: CheckOptions<{ session: Session }, unknown>) =>
    requireWithinLimit(ctx.deps, 'roomChanges', ctx.session.username),
  ),
);
