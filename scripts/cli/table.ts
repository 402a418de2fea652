/** Prints rows as a table. */
import { colourOf, type Paint, plain } from "./paint.ts";

/** Columns as wide as their widest cell, two spaces apart. */
export function table(rows: readonly (readonly string[])[], paint: Paint = plain): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows
    .map((row) =>
      row
        .map((cell, column) => painted(cell, cell.padEnd(widths[column] ?? 0), paint))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** States have colours; their width is counted without. */
function painted(cell: string, padded: string, paint: Paint): string {
  const colour = colourOf(cell);
  return colour === undefined ? padded : paint(colour, padded);
}
