/** What the edges of one place keep in its cache. */
import type { Publication } from "../../src/config/room-api.ts";
import type { Snapshot } from "../../src/config/snapshot.ts";

export interface PlaceCache {
  shared: { readonly etag: string; readonly snapshot: Snapshot; readonly takenAtMs: number } | undefined;
  publication: Publication | undefined;
}
