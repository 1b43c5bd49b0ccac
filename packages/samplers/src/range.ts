import type { Row, Table } from "./table.ts";

/**
 * The part of a table between two of its stops, in the table's own direction: what begins at `from` and ends at `to`.
 * With `from` an image noised to that index is edited, with `to` a run stops early.
 * @throws RangeError if the table has no such stop, or `to` does not come after `from`
 */
export const range = (
  table: Table,
  {
    from,
    to,
  }: {
    /** An index at which some row starts, default the table's first. */
    readonly from?: number;
    /** An index at which some row ends, default the table's last. */
    readonly to?: number;
  },
): Table => {
  const position = (wanted: number | undefined, end: "t" | "s", otherwise: number): number => {
    if (wanted === undefined) return otherwise;
    const found = table.rows.findIndex((row: Row) => row[end] === wanted);
    if (found < 0)
      throw new RangeError(
        `range: a row of ${table.name} must ${end === "t" ? "start" : "end"} at ${wanted}, got rows with ${end} = ${table.rows.map((row) => row[end]).join(", ")}; put it into tau, see tauFrom`,
      );
    return found;
  };
  const first = position(from, "t", 0);
  const last = position(to, "s", table.rows.length - 1);
  if (last < first) throw new RangeError(`range: from ${from} must come before to ${to} in ${table.name}`);
  return { name: table.name, rows: table.rows.slice(first, last + 1) };
};
