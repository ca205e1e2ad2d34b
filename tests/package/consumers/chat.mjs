// What is bundled, for browsers and for React Native: says hello to itself. The runner calls it.
import { createMirageClient } from '@mirage/client';

globalThis.chat = async (url, token) => {
  const mirage = createMirageClient({ url, token, transport: 'sse' });
  const { id: roomId } = await mirage.chat.createRoom.mutate({ name: `room ${Math.random()}` });
  try {
    return await new Promise((resolve, reject) => {
      mirage.chat.onMessage.subscribe(
        { roomId },
        {
          onStarted: () => void mirage.chat.sendMessage.mutate({ roomId, text: 'hello' }).catch(reject),
          onData: (event) => resolve('data' in event ? event.data.message.text : event.type),
          onError: reject,
        },
      );
    });
  } finally {
    mirage.connection.close();
  }
};
