/** Decides what the output of `npm audit --json` says: weaknesses, none, or that the registry did not answer. */

export type AuditVerdict =
  | { readonly kind: "clean"; readonly text: string }
  | { readonly kind: "found"; readonly text: string }
  | { readonly kind: "not-checked"; readonly text: string };

interface Report {
  readonly metadata?: { readonly vulnerabilities?: Readonly<Record<string, number>> };
  readonly vulnerabilities?: Readonly<Record<string, { readonly severity: string; readonly range?: string }>>;
}

const BAD: readonly string[] = ["high", "critical"];

/** @param more what npm said besides */
export function judgeAudit(output: string, more: string): AuditVerdict {
  const report = parse(output);
  const counts = report?.metadata?.vulnerabilities;
  // Without counts there was no answer, whatever the exit code: a registry without advisories, or none at all.
  if (counts === undefined) {
    const why = more.trim().split("\n")[0] ?? "";
    return {
      kind: "not-checked",
      text: `npm audit: the registry does not answer advisories, not checked (${why})`,
    };
  }
  const bad = BAD.reduce((sum, severity) => sum + (counts[severity] ?? 0), 0);
  if (bad === 0)
    return { kind: "clean", text: `npm audit: nothing high or critical (${JSON.stringify(counts)})` };
  const names = Object.entries(report?.vulnerabilities ?? {})
    .filter(([, { severity }]) => BAD.includes(severity))
    .map(([name, { severity, range = "" }]) => `${name} ${range}: ${severity}`);
  return { kind: "found", text: `npm audit: ${bad} high or critical\n${names.join("\n")}` };
}

function parse(output: string): Report | undefined {
  try {
    return JSON.parse(output) as Report;
  } catch {
    return undefined;
  }
}
