/** Every write goes through here: what it would do is shown first, a reason is asked for, and it can be undone. */
import type { Child } from "hono/jsx";
import { useEffect, useRef, useState } from "hono/jsx/dom";
import { type Api, type Edit, Refusal, type WriteAnswer } from "./api.ts";
import { Preview } from "./preview.tsx";

/** What a button needs to change something. */
export interface Act {
  readonly api: Api;
  /** Of the status that is on the screen: another operator's write in between is noticed. */
  readonly tag: string;
  readonly mayWrite: boolean;
  open(dialog: Child): void;
  close(): void;
  /** Says so, offers the way back if there is one, and ends when the screen shows it. */
  applied(said: string, undo: Undo | undefined): Promise<void>;
}

export interface Undo {
  readonly title: string;
  readonly edit: Edit;
}

interface ChangeProps {
  readonly act: Act;
  readonly title: string;
  /** Undefined while the form is not filled in. */
  readonly edit: Edit | undefined;
  readonly children?: Child;
  undoOf?(answer: Extract<WriteAnswer, { kind: "applied" }>): Undo | undefined;
}

/** A slider moves in many steps: only where it rests is looked at. */
const PREVIEW_AFTER_MS = 200;

export function ChangeDialog({ act, title, edit, children, undoOf }: ChangeProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [tag, setTag] = useState(act.tag);
  const [force, setForce] = useState(false);
  const [planned, setPlanned] = useState<WriteAnswer | undefined>(undefined);
  const [error, setError] = useState("");
  const [isBusy, setBusy] = useState(false);
  const wanted = edit !== undefined && force && "force" in edit ? { ...edit, force } : edit;
  const key = JSON.stringify(wanted);

  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);

  useEffect(() => {
    if (wanted === undefined) {
      setPlanned(undefined);
      return;
    }
    let isOld = false;
    const timer = setTimeout(async () => {
      try {
        const answer = await act.api.change(wanted, tag, { dryRun: true, reason: "" });
        if (isOld) return;
        setPlanned(answer);
        setError("");
      } catch (refusal) {
        if (!isOld) setError(wordsOf(refusal));
      }
    }, PREVIEW_AFTER_MS);
    return () => {
      isOld = true;
      clearTimeout(timer);
    };
  }, [key, tag]);

  const lookAgain = async () => setTag((await act.api.status()).tag);
  const apply = async (event: Event) => {
    event.preventDefault();
    if (wanted === undefined) return;
    const reason = (document.getElementById("reason") as HTMLInputElement).value;
    setBusy(true);
    try {
      const answer = await act.api.change(wanted, tag, { dryRun: false, reason });
      if (answer.kind === "applied") {
        // Another change begins with what is on the screen then: never with what was there before this one.
        await act.applied(`Done: ${title}.`, undoOf?.(answer));
        act.close();
        return;
      }
      setPlanned(answer);
    } catch (refusal) {
      setError(wordsOf(refusal));
    }
    setBusy(false);
  };

  const isRefused = planned?.kind === "refused" && edit !== undefined && "force" in edit;
  return (
    <dialog ref={dialog} aria-labelledby="dialog-title" onCancel={() => act.close()}>
      <form onSubmit={apply}>
        <h2 id="dialog-title">{title}</h2>
        {children}
        <div class="preview" role="status">
          <Preview answer={planned} />
        </div>
        {planned?.kind === "conflict" && (
          <button type="button" onClick={lookAgain}>
            Look again
          </button>
        )}
        {(isRefused || force) && (
          <label class="check">
            <input type="checkbox" checked={force} onChange={() => setForce(!force)} /> Do it all the same
          </label>
        )}
        <label for="reason">Reason, for the audit</label>
        <input id="reason" type="text" required maxlength={500} autocomplete="off" />
        <p class="error" role="alert">
          {error}
        </p>
        <div class="buttons">
          <button type="button" onClick={() => act.close()}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={isBusy || planned?.kind !== "planned"}>
            Apply
          </button>
        </div>
      </form>
    </dialog>
  );
}

function wordsOf(error: unknown): string {
  return error instanceof Refusal
    ? error.message
    : "The edge cannot be reached; nothing is known of the change.";
}

/** A button that opens a change without any fields. */
export function ChangeButton({
  act,
  label,
  title,
  edit,
  undo,
}: {
  act: Act;
  label: string;
  title: string;
  edit: Edit;
  undo?: Undo;
}) {
  if (!act.mayWrite) return null;
  const open = () => act.open(<ChangeDialog act={act} title={title} edit={edit} undoOf={() => undo} />);
  return (
    <button type="button" onClick={open} aria-label={title}>
      {label}
    </button>
  );
}
