// A program that holds a whole Mirage, or parts of one.
import {
  AppError,
  type AppRouter,
  appRouter,
  type Caller,
  type Config,
  createApp,
  createCaller,
  type Deps,
  loadConfig,
  type MirageServer,
  openDeps,
  openServer,
} from 'mirage';
import { restCompat, routes } from 'mirage/rest-compat';
import { createTestMirage, fakeClock, type TestUser } from 'mirage/testing';

export async function mounted(config: Config = loadConfig({ PORT: '0' })) {
  const { deps, close } = await openDeps(config);
  const app = createApp(deps);
  app.use('/more', (_req, res) => void res.json({ more: true }));
  app.use(restCompat(deps));
  return { app, close, paths: routes.map(({ path }) => path) };
}

export async function script(deps: Deps): Promise<number> {
  const api: Caller = createCaller({ deps, token: undefined, address: 'local' });
  const { createdAt } = await api.users.get({ username: 'ada' });
  // @ts-expect-error a query takes what it takes
  await api.users.get({ name: 'ada' });
  return createdAt.getTime();
}

export async function tested(): Promise<string[]> {
  const mirage = await createTestMirage({ clock: fakeClock(), settings: { maxPublicRooms: 1 } });
  const ada: TestUser = await mirage.user('ada', { password: 'correct horse' });
  const { id } = await ada.chat.createRoom({ name: 'general' });
  const texts: string[] = [];
  for await (const event of await ada.chat.onMessage({ roomId: id }))
    if ('data' in event && event.data.type === 'message') texts.push(event.data.message.text);
  await mirage.close();
  return texts;
}

export const router: AppRouter = appRouter;
export const server: () => Promise<MirageServer> = () => openServer(loadConfig());
export const isTaken = (error: unknown) => error instanceof AppError && error.reason === 'USERNAME_TAKEN';
