import { z } from 'zod';
import { maxLifespanSeconds } from '../core/config.ts';
import {
  inviteCode,
  newRoomName,
  roomDescription,
  roomName,
  roomPassword,
  roomTopic,
  rowId,
  time,
  upToRowId,
  username,
} from '../core/validation.ts';
import { listBans, removeMember, unban } from '../services/rooms/bans.ts';
import {
  createInvite,
  getInvite,
  inviteSeconds,
  joinByInvite,
  listInvites,
  maxUses,
  revokeInvite,
} from '../services/rooms/invites.ts';
import { listMemberPage } from '../services/rooms/member-pages.ts';
import { setRole, transferOwnership } from '../services/rooms/roles.ts';
import { maxSlowModeSeconds } from '../services/rooms/slow-mode.ts';
import { updateRoom } from '../services/rooms/update-room.ts';
import { parseName } from './names.ts';
import { role, room } from './outputs/chat.ts';
import {
  banPage,
  createdInvite,
  invites,
  memberPage,
  roomDetails,
  shownInvite,
} from './outputs/room-people.ts';
import { changingRoom } from './room-procedures.ts';
import { authedProcedure, publicProcedure } from './trpc.ts';

const ofRoom = z.object({ roomId: rowId });
const ofMember = z.object({ roomId: rowId, username });

const pageLimit = z.number().int().min(1).max(500).default(100);
const nothing = <Value>(value: Value | null | undefined) => value ?? undefined;

/** Procedures of `chat` about who is in a room and what they may do there. docs/api.md has the table of roles. */
export const roomPeople = {
  /**
   * Changes the given fields of a room, leaves the others, and returns the room. A password makes the room private, null makes it
   * public. `slowModeSeconds`, at most 3,600, is how long members wait between two messages; 0 ends slow mode.
   * `lifespanSeconds`, at most 10 years, is how long the messages of a kept room are kept; null for as long as the server keeps any.
   * Owners change everything, moderators topic and slow mode.
   * @throws `NOT_A_MEMBER`, `ROLE_REQUIRED`, `ROOM_NAME_TAKEN`, `PUBLIC_ROOM_LIMIT`, `ROOM_NOT_KEPT` for a lifespan, `TOO_MANY_REQUESTS` beyond 120 changes a minute
   */
  updateRoom: changingRoom
    .input(
      ofRoom.extend({
        name: roomName.optional(),
        topic: roomTopic.optional(),
        description: roomDescription.optional(),
        password: roomPassword.min(1).nullish(),
        slowModeSeconds: z.number().int().min(0).max(maxSlowModeSeconds).optional(),
        lifespanSeconds: z.number().int().min(1).max(maxLifespanSeconds).nullish(),
      }),
    )
    .output(roomDetails)
    .mutation(({ ctx, input }) => {
      const name = input.name === undefined ? undefined : parseName(newRoomName, input.name);
      return updateRoom(ctx.deps, { ...input, name, by: ctx.session.username });
    }),

  /**
   * Members in order of joining, 100 a page unless `limit` says otherwise (at most 500); with `prefix`, those whose names begin with
   * it in any letter case. A page may hold fewer than `limit`, even none; the last one is that without `nextCursor`. `total` counts all
   * members. Every user may list those of a public room, only members those of a private one.
   * @throws `ROOM_NOT_FOUND`, `NOT_A_MEMBER`
   */
  members: authedProcedure
    .input(
      ofRoom.extend({
        limit: pageLimit,
        cursor: upToRowId.nullish().transform(nothing),
        prefix: username.optional(),
      }),
    )
    .output(memberPage)
    .query(({ ctx, input, signal }) =>
      listMemberPage(ctx.deps, { ...input, username: ctx.session.username, signal }),
    ),

  /**
   * Gives a member another role: `owner`, `moderator` or `member`. Only owners may, and of owners each only their own.
   * @throws `NOT_A_MEMBER`, `ROLE_REQUIRED`, `USER_NOT_FOUND` for one who is not in the room, `LAST_OWNER`, `TOO_MANY_REQUESTS` beyond 120
   * changes a minute
   */
  setRole: changingRoom
    .input(ofMember.extend({ role }))
    .output(z.void())
    .mutation(({ ctx, input }) => setRole(ctx.deps, { ...input, by: ctx.session.username })),

  /**
   * Makes another member an owner, and the caller, who must be one, a moderator.
   * @throws `NOT_A_MEMBER`, `ROLE_REQUIRED`, `USER_NOT_FOUND` for one who is not in the room, `TOO_MANY_REQUESTS` beyond 120 changes a minute
   */
  transferOwnership: changingRoom
    .input(ofMember)
    .output(z.void())
    .mutation(({ ctx, input }) => transferOwnership(ctx.deps, { ...input, by: ctx.session.username })),

  /**
   * Ends the membership of somebody with a lower role, and with it their subscriptions. With `ban` they cannot come back, `until` a time
   * or for good; that may also be somebody who is not in the room.
   * @throws `NOT_A_MEMBER`, `ROLE_REQUIRED`, `USER_NOT_FOUND`, `BAN_LIMIT` beyond 10,000, `TOO_MANY_REQUESTS` beyond 120 changes a minute
   */
  removeMember: changingRoom
    .input(
      ofMember
        .extend({ ban: z.boolean().optional(), until: time.optional() })
        .refine(({ ban, until }) => ban === true || until === undefined, {
          path: ['until'],
          error: 'is only for bans',
        }),
    )
    .output(z.void())
    .mutation(({ ctx, input }) => removeMember(ctx.deps, { ...input, by: ctx.session.username })),

  /**
   * Who is banned, by name, 100 a page unless `limit` says otherwise (at most 500). Bans that are over are not listed.
   * @throws `NOT_A_MEMBER`, `ROLE_REQUIRED`
   */
  listBans: authedProcedure
    .input(ofRoom.extend({ limit: pageLimit, cursor: username.nullish().transform(nothing) }))
    .output(banPage)
    .query(({ ctx, input }) => listBans(ctx.deps, { ...input, by: ctx.session.username })),

  /**
   * Lets a banned user join again. Idempotent.
   * @throws `NOT_A_MEMBER`, `ROLE_REQUIRED`, `TOO_MANY_REQUESTS` beyond 120 changes a minute
   */
  unban: changingRoom
    .input(ofMember)
    .output(z.void())
    .mutation(({ ctx, input }) => unban(ctx.deps, { ...input, by: ctx.session.username })),

  /**
   * Creates an invitation, whose `code` lets `maxUses` users (at most 1,000,000) join for `expiresInSeconds` (at most a year); both are
   * unlimited unless given. The code is shown only here.
   * @throws `NOT_A_MEMBER`, `ROLE_REQUIRED`, `INVITE_LIMIT` beyond 100 that can be used, `TOO_MANY_REQUESTS` beyond 120 changes a minute
   */
  createInvite: changingRoom
    .meta({ repeat: 'alreadyDone' })
    .input(ofRoom.extend({ maxUses: maxUses.optional(), expiresInSeconds: inviteSeconds.optional() }))
    .output(createdInvite)
    .mutation(({ ctx, input }) => createInvite(ctx.deps, { ...input, by: ctx.session.username })),

  /**
   * The invitations that can still be used, in order of creation, without their codes.
   * @throws `NOT_A_MEMBER`, `ROLE_REQUIRED`
   */
  listInvites: authedProcedure
    .input(ofRoom)
    .output(invites)
    .query(({ ctx, input }) => listInvites(ctx.deps, { ...input, by: ctx.session.username })),

  /**
   * Revokes an invitation, whose code nobody can use from then on.
   * @throws `INVITE_NOT_FOUND`, `NOT_A_MEMBER`, `ROLE_REQUIRED`, `TOO_MANY_REQUESTS` beyond 120 changes a minute
   */
  revokeInvite: changingRoom
    .input(z.object({ id: rowId, roomId: rowId.optional() }))
    .output(z.void())
    .mutation(({ ctx, input }) => revokeInvite(ctx.deps, { ...input, by: ctx.session.username })),

  /**
   * The name of the room that an invitation is for, and how many members it has.
   * @throws `INVITE_NOT_FOUND`, also for an invitation that is expired or used up, `TOO_MANY_REQUESTS` beyond 600 an hour from one network
   * address
   */
  getInvite: publicProcedure
    .input(z.object({ code: inviteCode }))
    .output(shownInvite)
    .query(({ ctx, input }) => getInvite(ctx.deps, { ...input, address: ctx.address })),

  /**
   * Joins the room of an invitation, which needs no password; joining again changes nothing and uses nothing up.
   * @throws `INVITE_NOT_FOUND`, `NOT_A_MEMBER` for one who is banned, `MEMBERSHIP_LIMIT`
   */
  joinByInvite: authedProcedure
    .input(z.object({ code: inviteCode }))
    .output(room)
    .mutation(({ ctx, input }) => joinByInvite(ctx.deps, { ...input, username: ctx.session.username })),
};
