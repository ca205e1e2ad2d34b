import type { Route } from './route.ts';
import { authRoutes } from './routes/auth.ts';
import { chatRoutes } from './routes/chat.ts';
import { inboxRoutes } from './routes/inbox.ts';
import { userRoutes } from './routes/users.ts';

/** The legacy REST API, whole. */
export const routes: readonly Route[] = [...authRoutes, ...userRoutes, ...inboxRoutes, ...chatRoutes];
