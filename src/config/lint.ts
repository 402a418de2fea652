/** Decides which parts of a configuration contradict each other or the world around it. */
import { duplicateFindings } from "./lint/duplicates.ts";
import { ejectionFindings } from "./lint/ejection.ts";
import { eventFindings } from "./lint/events.ts";
import { healthFindings } from "./lint/health.ts";
import { identityFindings } from "./lint/identity.ts";
import { loopFindings } from "./lint/loops.ts";
import { originFindings } from "./lint/origins.ts";
import { pageFindings } from "./lint/page.ts";
import { priorityFindings } from "./lint/priorities.ts";
import { referenceFindings } from "./lint/references.ts";
import { laneFindings } from "./lint/rooms.ts";
import { shadowedFindings } from "./lint/shadowed.ts";
import { viewTable } from "./lint/view.ts";
import { windowFormFindings } from "./lint/window-forms.ts";
import { overlapFindings } from "./lint/window-overlaps.ts";
import { windowFindings } from "./lint/windows.ts";
import type { Finding } from "./problem.ts";

/** What the file itself does not tell. */
export interface LintOptions {
  environment: "production" | "development";
  /** The edge's own addresses as `host` or `host:port`. */
  ownHosts?: readonly string[];
}

/** Every contradiction in plain data as written; parts that are not well formed are left to the schema. */
export function lint(source: unknown, options: LintOptions): Finding[] {
  const root = viewTable(source);
  return [
    ...duplicateFindings(root),
    ...referenceFindings(root),
    ...originFindings(root, options.environment),
    ...priorityFindings(root),
    ...healthFindings(root),
    ...ejectionFindings(root),
    ...loopFindings(root, options.ownHosts ?? []),
    ...shadowedFindings(root),
    ...windowFindings(root),
    ...windowFormFindings(root),
    ...overlapFindings(root),
    ...pageFindings(root),
    ...laneFindings(root),
    ...eventFindings(root),
    ...identityFindings(root),
  ];
}
