import { allRoomsTopic, roomsTopic } from '../../infra/live/room-feed.ts';
import type { Deps } from '../shared/deps.ts';

type Bus = Pick<Deps, 'bus'>;

/** Failures are ignored: after a loss, subscribers get the whole state again. */
const publish = ({ bus }: Bus, topic: string, event: Record<string, unknown>) =>
  bus.publish(topic, event).catch(() => {});

/** Tells all sessions of the user that it has joined the room. That it left is known from the end of its access. */
export const announceJoined = (deps: Bus, { roomId, username }: { roomId: number; username: string }) =>
  publish(deps, roomsTopic(username), { type: 'joined', roomId });

/** The user has read the room. */
export const announceRead = (deps: Bus, { roomId, username }: { roomId: number; username: string }) =>
  publish(deps, roomsTopic(username), { type: 'read', roomId });

/** The user sees the room in another way than before. */
export const announceOwnRoom = (deps: Bus, { roomId, username }: { roomId: number; username: string }) =>
  publish(deps, roomsTopic(username), { type: 'updated', roomId });

/** All members see the room in another way than before. */
export const announceUpdatedRoom = (deps: Bus, roomId: number) =>
  publish(deps, allRoomsTopic, { updated: roomId });

/** There are other public rooms than before, or they have other names. */
export const announcePublicRooms = (deps: Bus) => publish(deps, allRoomsTopic, { publicRooms: true });
