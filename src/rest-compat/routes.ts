import type { Route } from './route.ts';
import { authRoutes } from './routes/auth.ts';
import { chatRoutes } from './routes/chat.ts';
import { fileRoutes } from './routes/files.ts';
import { inboxRoutes } from './routes/inbox.ts';
import { userRoutes } from './routes/users.ts';

/** All routes of the legacy REST API. */
export const routes: readonly Route[] = [
  ...authRoutes,
  ...userRoutes,
  ...inboxRoutes,
  ...chatRoutes,
  ...fileRoutes,
];
