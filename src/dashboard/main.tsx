/** Begins the dashboard: the sign-in, and behind it the screen. */
import { render, useState } from "hono/jsx/dom";
import { Api, type Me, Refusal } from "./api.ts";
import { Screen } from "./screen.tsx";
import { type Enter, SignIn } from "./sign-in.tsx";

/** Of this tab only, and gone with it. No cookie: so no other site can make this browser use it. */
const KEY = "tidegate-token";

const UNREACHABLE = "The server cannot be reached. Try again.";

interface Session {
  readonly api: Api;
  readonly me: Me;
}

/** @param known a session, or why the token that was kept opened none; "" where none was kept */
function Root({ known }: { known: Session | string }) {
  const [session, setSession] = useState<Session | undefined>(typeof known === "string" ? undefined : known);
  const [said, setSaid] = useState(typeof known === "string" ? known : "");
  const enter: Enter = async (token) => {
    const opened = await open(token);
    if (typeof opened === "string") return opened;
    sessionStorage.setItem(KEY, token);
    setSession(opened);
    return undefined;
  };
  const leave = (why = "") => {
    sessionStorage.removeItem(KEY);
    setSaid(why);
    setSession(undefined);
  };
  if (session === undefined) return <SignIn enter={enter} said={said} />;
  return <Screen api={session.api} me={session.me} leave={leave} />;
}

/** Or why not. */
async function open(token: string): Promise<Session | string> {
  const api = new Api(token);
  try {
    return { api, me: await api.me() };
  } catch (error) {
    if (!(error instanceof Refusal)) return UNREACHABLE;
    switch (error.status) {
      case 401:
        return "That did not work. Check the token.";
      case 429:
        return "Too many attempts. Wait a minute, then try again.";
      default:
        return `That did not work (${error.status}).`;
    }
  }
}

/** What to say of a token that this tab has kept and that did not open the screen. */
function keptToken(why: string): string {
  if (why === "") return "";
  if (why === UNREACHABLE) return "The server cannot be reached. Your token is kept: load this page again.";
  sessionStorage.removeItem(KEY);
  return "Your token is not valid any more.";
}

async function begin(): Promise<void> {
  const root = document.getElementById("root");
  if (root === null) return;
  const token = sessionStorage.getItem(KEY);
  const opened = token === null ? "" : await open(token);
  root.replaceChildren();
  render(<Root known={typeof opened === "string" ? keptToken(opened) : opened} />, root);
}

void begin();
