/** Who did what, when and why, and the versions that one can go back to. */
import { useEffect, useState } from "hono/jsx/dom";
import type { Api, Audit, History, Status } from "./api.ts";
import { type Act, ChangeButton } from "./change-dialog.tsx";
import { Wide } from "./wide.tsx";
import { dateTime } from "./words.ts";

const MOST_VERSIONS = 15;
/** Failed logins are no write, so no tag tells of them. */
const EVERY_MS = 15_000;

export function AuditLog({ api, status, act }: { api: Api; status: Status; act: Act }) {
  const [audit, setAudit] = useState<Audit | undefined>(undefined);
  const [history, setHistory] = useState<History | undefined>(undefined);
  const { tag } = status;
  useEffect(() => {
    let isOver = false;
    const look = async () => {
      if (document.hidden) return;
      const [records, versions] = await Promise.all([api.audit(), api.history()]).catch(() => []);
      if (isOver || records === undefined || versions === undefined) return;
      setAudit(records);
      setHistory(versions);
    };
    void look();
    const timer = setInterval(look, EVERY_MS);
    return () => {
      isOver = true;
      clearInterval(timer);
    };
  }, [tag]);
  return (
    <section id="audit" aria-labelledby="audit-title">
      <h2 id="audit-title">Audit</h2>
      <details>
        <summary>Versions</summary>
        <ul class="rows">
          {(history ?? []).slice(0, MOST_VERSIONS).map(({ version, atMs, kind, author, reason }) => (
            <li key={version}>
              <span>
                <b>{version}</b> {dateTime(atMs)} · {kind} by {author}
                {reason === "" ? "" : `: ${reason}`}
              </span>
              {version === status.version ? (
                <span class="state healthy">in force</span>
              ) : (
                <ChangeButton
                  act={act}
                  label="Go back…"
                  title={`Go back to version ${version}`}
                  edit={{ kind: "rollback", version }}
                />
              )}
            </li>
          ))}
        </ul>
      </details>
      <Wide label="Audit records" isTall>
        <table>
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">Who</th>
              <th scope="col">What</th>
              <th scope="col">Why</th>
              <th scope="col">Changes</th>
            </tr>
          </thead>
          <tbody>
            {(audit?.records ?? []).toReversed().map((record) => (
              <tr key={`${record.chain} ${record.seq}`}>
                <td>
                  <time datetime={record.at}>{dateTime(Date.parse(record.at))}</time>
                </td>
                <td>{record.actor.name}</td>
                <td>
                  {record.action} {record.target}
                </td>
                <td>{record.reason}</td>
                <td>
                  {record.changes.slice(0, 6).map(({ path, before, after }) => (
                    <p key={path}>
                      <code>{path}</code> {String(before ?? "nothing")} → {String(after ?? "nothing")}
                    </p>
                  ))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
    </section>
  );
}
