/** Says what a change would do, in users and in values. */
import type { WriteAnswer } from "./api.ts";
import { percent, plural } from "./words.ts";

type Planned = Extract<WriteAnswer, { kind: "planned" }>;

/** More values are a different file. */
const MOST_SHOWN = 12;

export function Preview({ answer }: { answer: WriteAnswer | undefined }) {
  if (answer === undefined) return <p class="quiet">What it would do is shown here before it is done.</p>;
  switch (answer.kind) {
    case "planned":
    case "applied":
      return <Plan plan={answer.plan} diff={answer.diff} />;
    case "unchanged":
      return <p>This is how it is already.</p>;
    case "conflict":
      return (
        <p class="error">
          Somebody else has changed something meanwhile (version {answer.version} is in force). Look again
          before you apply.
        </p>
      );
    case "no-such-version":
      return <p class="error">There is no version {answer.version} any more.</p>;
    case "refused":
    case "forbidden":
      return <p class="error">Refused: {answer.reason}</p>;
    case "invalid":
      return (
        <ul class="error">
          {answer.problems.map(({ key, message }) => (
            <li key={key}>{message}</li>
          ))}
        </ul>
      );
  }
}

function Plan({ plan, diff }: Pick<Planned, "plan" | "diff">) {
  const shown = diff.slice(0, MOST_SHOWN);
  return (
    <>
      {plan.pools.map(({ pool, moved, origins }) => (
        <div key={pool}>
          <p>
            <b class="moved">{percent(moved, 2)}</b> of the users of {pool} move to another region.
          </p>
          <ul class="plain">
            {origins.map(({ origin, shareBefore, shareAfter }) => (
              <li key={origin}>
                {origin}: {percent(shareBefore)} → <b>{percent(shareAfter)}</b>
              </li>
            ))}
          </ul>
        </div>
      ))}
      {plan.pools.length === 0 && shown.length === 0 && <p>Nobody's region changes.</p>}
      {shown.length > 0 && (
        <ul class="plain diff">
          {shown.map(({ path, before, after }) => (
            <li key={path}>
              <code>{path}</code> {written(before)} → <b>{written(after)}</b>
            </li>
          ))}
        </ul>
      )}
      {diff.length > MOST_SHOWN && <p>and {plural(diff.length - MOST_SHOWN, "more value")}</p>}
    </>
  );
}

function written(value: string | number | boolean | null | undefined): string {
  return value === undefined ? "nothing" : String(value);
}
