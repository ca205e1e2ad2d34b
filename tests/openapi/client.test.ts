import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { generateApi } from 'swagger-typescript-api';
import { expect, it } from 'vitest';
import { startMirage, temporaryFolder } from '../support/harness.ts';
import { documentFile } from './document.ts';

const tsc = fileURLToPath(new URL('../../node_modules/@typescript/native/bin/tsc', import.meta.url));

/** A program that uses the generated client. Its types are part of the test. */
const program = `
import { Api, type Error, type HttpResponse, type Message } from './api.ts';

function expectRefusal(): never {
  throw new TypeError('not refused');
}

export async function chat(url: string) {
  const api = new Api<string>({
    baseUrl: url,
    securityWorker: (token) => (token === null ? {} : { headers: { Authorization: token } }),
  }).api;
  const ada = new Api<string>({
    baseUrl: url,
    baseApiParams: { secure: true },
    securityWorker: (token) => (token === null ? {} : { headers: { Authorization: token } }),
  });
  const user = { username: 'ada', password: 'correct horse' };
  const welcome: 'Welcome to MIRAGE' = (await api.register({ ...user, email: 'ada@example.com' })).data.message;
  const taken = await api.register({ ...user, email: 'ada@example.com' }).then(
    () => expectRefusal(),
    ({ status, error }: HttpResponse<unknown, Error>) => [status, error.error],
  );
  const token: string = (await api.login(user)).data.token;
  ada.setSecurityData(token);
  const roomId: number = (await ada.api.createRoom({ room_name: 'general' })).data.room_id;
  await ada.api.sendRoomMessage({ room_id: roomId, message: 'hello' });
  const { messages } = (await ada.api.listRoomMessages({ room_id: roomId })).data;
  const [newest]: Message[] = messages;
  const roomTexts: string[] = messages.map(({ username, message }) => username + ': ' + message);
  const file: string = (await ada.api.uploadFile({ file: new File(['notes'], 'notes.txt'), room_id: roomId })).data.file_url;
  await ada.api.sendInboxMessage({ recipient: 'ada', message: 'psst' });
  const [received] = (await ada.api.listInboxMessages()).data.messages;
  const { members } = (await ada.api.listRoomMembers(roomId)).data;
  const profile = (await api.getUser('ada')).data;
  const users: string = await (await api.countUsers()).text();
  // @ts-expect-error there is no such field
  const refused = await ada.api.joinRoom({ room_name: 'general' }).catch(({ status, error }) => [status, error]);
  return { welcome, taken, newest: newest?.username, roomTexts, received: received?.message, members, name: profile.username, users, refused, file: await (await fetch(file)).text() };
}
`;

it('generates a client that type-checks and works', async () => {
  const folder = await temporaryFolder();
  await generateApi({
    input: fileURLToPath(documentFile),
    output: folder,
    fileName: 'api.ts',
    silent: true,
  });
  // The generator disables type checking of its output, which is what this test is about.
  const client = readFileSync(`${folder}/api.ts`, 'utf8').replace('// @ts-nocheck', '');
  expect(client).toContain('export class Api');
  writeFileSync(`${folder}/api.ts`, client);
  writeFileSync(`${folder}/chat.ts`, program);
  writeFileSync(`${folder}/package.json`, '{"type":"module"}');
  const options = {
    strict: true,
    target: 'es2023',
    module: 'nodenext',
    lib: ['es2023', 'dom', 'dom.iterable'],
    types: [],
    rewriteRelativeImportExtensions: true,
  };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions: options, include: ['*.ts'] }));
  execFileSync(process.execPath, [tsc, '-p', folder], { stdio: 'pipe', encoding: 'utf8' });

  const { url } = await startMirage();
  const { chat } = await import(pathToFileURL(`${folder}/chat.js`).href);

  expect(await chat(url)).toEqual({
    welcome: 'Welcome to MIRAGE',
    taken: [400, ' the user already exists'],
    newest: 'ada',
    roomTexts: ['ada: hello'],
    received: 'psst',
    members: ['ada'],
    name: 'ada',
    users: '1',
    refused: [400, { error: 'missing room name or token' }],
    file: 'notes',
  });
}, 120_000);
