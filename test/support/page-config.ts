/** `[page]` as tests write it: checked and filled in as an edge would. */
import * as v from "valibot";
import type { Page } from "../../src/config/load.ts";
import { Page as PageSchema } from "../../src/config/schema/page.ts";

export function pageConfig(written: v.InferInput<typeof PageSchema> = {}): Page {
  return v.parse(PageSchema, written);
}
