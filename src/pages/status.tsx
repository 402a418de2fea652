/** The public status page: is it only me? What each part does now, the last day, and maintenance to come. */
import type { HourlyMost } from "../policy/waiting-history.ts";
import { BASE_SCRIPT, script } from "./base-script.ts";
import { estimateText } from "./estimate-text.ts";
import { type Language, WORDS } from "./languages.ts";
import { layout, type Page } from "./layout.tsx";
import { HERE, Sentence, Time } from "./parts.tsx";
import { Quiet } from "./quiet.tsx";
import type { Reader } from "./reader.ts";

/** A part of the service, by the name that its operator gives it in public. What is hidden is left out. */
export interface PartStatus {
  readonly name: string;
  readonly state: "normal" | "busy" | "maintenance";
  /** People in line. */
  readonly waiting?: number | undefined;
  readonly estimatedWaitSeconds?: { readonly low: number; readonly high: number } | undefined;
  /** RFC 3339: when maintenance ends, where that is known. */
  readonly endsAt?: string | undefined;
  readonly planned: readonly { readonly startsAt: string; readonly endsAt: string }[];
  /** See {@link Quiet}. */
  readonly history?: HourlyMost | undefined;
}

export interface StatusPage {
  readonly parts: readonly PartStatus[];
  readonly reader: Reader;
  readonly nowMs: number;
}

const SCRIPT = script(BASE_SCRIPT);

export function statusPage({ parts, reader, nowMs }: StatusPage): Page {
  const { language } = reader;
  const { links, status } = WORDS[language];
  return layout({
    reader,
    title: links.status,
    essence: () => [],
    body: (
      <>
        <section class="card">
          <h1>{links.status}</h1>
          <p class="soft">
            <Sentence of={status.asOf}>
              <Time atMs={nowMs} language={language} />
            </Sentence>
          </p>
          <p>{status.onlyMe}</p>
          <div class="acts">
            <a class="act main" href={HERE}>
              {status.refresh}
            </a>
          </div>
        </section>
        {parts.map((part) => (
          <Part part={part} language={language} nowMs={nowMs} />
        ))}
      </>
    ),
    script: SCRIPT,
  });
}

function Part({ part, language, nowMs }: { part: PartStatus; language: Language; nowMs: number }) {
  const { maintenance, status, help, queued } = WORDS[language];
  const { waiting, estimatedWaitSeconds: estimate, endsAt } = part;
  const count = new Intl.NumberFormat(language);
  const told = { normal: status.normal, busy: status.busy, maintenance: maintenance.title }[part.state];
  return (
    <section class="card">
      <h2 dir="auto">{part.name}</h2>
      <p class="dot" data-net={part.state === "normal" ? "fine" : part.state === "busy" ? "slow" : "offline"}>
        <b>{told}</b>
      </p>
      {waiting === undefined ? null : <p>{help.busyCount.replace("{count}", count.format(waiting))}</p>}
      {estimate === undefined ? null : (
        <p>
          <Sentence of={queued.wait}>{estimateText(estimate.low, estimate.high, language)}</Sentence>
        </p>
      )}
      {endsAt === undefined ? null : (
        <p>
          <Sentence of={maintenance.until}>
            <Time atMs={Date.parse(endsAt)} language={language} />
          </Sentence>
        </p>
      )}
      {part.planned.map(({ startsAt, endsAt }) => (
        <p>
          <Sentence of={status.planned}>
            <Time atMs={Date.parse(startsAt)} language={language} /> –{" "}
            <Time atMs={Date.parse(endsAt)} language={language} />
          </Sentence>
        </p>
      ))}
      <Quiet language={language} history={part.history} nowMs={nowMs} />
    </section>
  );
}
