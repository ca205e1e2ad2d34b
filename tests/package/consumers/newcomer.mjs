// What somebody new writes first: two users, a room, and a message that arrives by itself.
import { createMirageClient } from 'mirage/client';

const url = process.argv[2];

async function registered(username) {
  const { auth } = createMirageClient({ url });
  await auth.register.mutate({ username, email: `${username}@example.com`, password: 'correct horse' });
  const { token } = await auth.login.mutate({ username, password: 'correct horse' });
  return createMirageClient({ url, token });
}

const [ada, bob] = await Promise.all([registered('ada'), registered('bob')]);
const { id: roomId } = await ada.chat.createRoom.mutate({ name: 'general' });
await bob.chat.joinRoom.mutate({ name: 'general' });

const received = new Promise((resolve, reject) => {
  bob.chat.onMessage.subscribe(
    { roomId },
    {
      // It listens: what is sent from now on arrives live.
      onStarted: () => void ada.chat.sendMessage.mutate({ roomId, text: 'hello, bob' }).catch(reject),
      onData: ({ data }) => resolve(`${data.message.username}: ${data.message.text}`),
      onError: reject,
    },
  );
});
process.stdout.write(`${await received}\n`);
bob.connection.close();
