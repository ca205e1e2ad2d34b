/** The application's routes. The browser sends the cookie by itself. */
async function call<Answer>(method: 'GET' | 'POST', path: string, body?: object): Promise<Answer> {
  const response = await fetch(`/api/${path}`, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

export interface Me {
  username: string;
}

/** Null if nobody is logged in. */
export const getMe = () => call<Me | null>('GET', 'me');
export const logIn = (credentials: { username: string; password: string }) =>
  call<Me>('POST', 'login', credentials);
export const logOut = () => call<void>('POST', 'logout');
export const getChatToken = () => call<{ token: string }>('POST', 'chat-token').then(({ token }) => token);
