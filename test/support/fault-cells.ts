// Every cell of the fault matrix.
import type { Cell } from "./fault-table.ts";
import { CLOCK_CELLS, EDGE_CELLS } from "./fault-table-clocks.ts";
import { OBJECT_CELLS } from "./fault-table-objects.ts";
import { REGION_CELLS } from "./fault-table-regions.ts";

export const ALL_CELLS: readonly Cell[] = [...REGION_CELLS, ...OBJECT_CELLS, ...CLOCK_CELLS, ...EDGE_CELLS];
