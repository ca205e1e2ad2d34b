import { useMutation, useQueryClient } from '@tanstack/react-query';
import { logIn } from './account.ts';

export function LogIn() {
  const queries = useQueryClient();
  const entering = useMutation({
    mutationFn: logIn,
    onSuccess: (me) => queries.setQueryData(['me'], me),
  });
  return (
    <main className="log-in">
      <h1>Team chat</h1>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const fields = new FormData(event.currentTarget);
          entering.mutate({
            username: String(fields.get('username')),
            password: String(fields.get('password')),
          });
        }}
      >
        <label>
          User name
          <input name="username" required autoComplete="username" autoCapitalize="none" />
        </label>
        <label>
          Password
          <input name="password" type="password" required autoComplete="current-password" />
        </label>
        <button type="submit" disabled={entering.isPending}>
          Log in
        </button>
        {entering.isError && <p role="alert">This is not the right name and password.</p>}
      </form>
    </main>
  );
}
