/** Asks for a token, and tells nothing of what is behind it. */
import { useState } from "hono/jsx/dom";

/** Undefined: they are in; or why not. */
export type Enter = (token: string) => Promise<string | undefined>;

export function SignIn({ enter, said }: { enter: Enter; said: string }) {
  const [error, setError] = useState(said);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event) => {
    event.preventDefault();
    const field = document.getElementById("token") as HTMLInputElement;
    setBusy(true);
    const refused = await enter(field.value.trim());
    if (refused === undefined) return;
    setBusy(false);
    setError(refused);
    field.select();
  };
  return (
    <main class="sign-in">
      <h1>Sign in</h1>
      <form onSubmit={submit}>
        <label for="token">Access token</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck={false}
          autofocus
          aria-describedby="token-help token-error"
        />
        <p id="token-help" class="quiet">
          Kept in this tab only. Leave it empty if your organisation's sign-on is in front of this page.
        </p>
        <p id="token-error" class="error" role="alert">
          {error}
        </p>
        <button type="submit" class="primary" disabled={isBusy}>
          Sign in
        </button>
      </form>
    </main>
  );
}
