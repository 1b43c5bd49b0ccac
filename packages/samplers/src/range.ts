import type { Row, Table } from "./table.ts";

/** Whether rows from `cut` on use predictions of rows before it. */
const reachesBack = (rows: readonly Row[], cut: number): boolean => {
  let evaluations = 0;
  return rows.slice(cut).some(({ time, x0, eps }) => {
    if (time !== null) evaluations++;
    return Math.max(x0.length, eps.length) > evaluations;
  });
};

/**
 * The part of a table between two of its stops, in the table's own direction: from the first row that begins at `from` to
 * the last that ends at `to`. With `from` an image noised to that index is edited, with `to` a run stops early.
 *
 * A table is cut only where nothing later uses predictions from before: not between the stages of one move, and not within a
 * multistep method's table. For those plan on a part of the path.
 * @throws RangeError if the table has no such stop, cannot be cut there, or `to` does not come after `from`
 */
export const range = (
  table: Table,
  {
    from,
    to,
  }: {
    /** An index at which some row starts, default the table's first. */
    readonly from?: number;
    /** An index at which some row that evaluates the network ends, default the table's last. */
    readonly to?: number;
  },
): Table => {
  const { name, rows } = table;
  /** The rows at which a part may begin or end, as the wanted index says. */
  const places = (wanted: number, end: "t" | "s"): readonly number[] => {
    const found = rows.flatMap((row, i) => (row[end] === wanted && (end === "t" || row.time !== null) ? [i] : []));
    if (found.length === 0)
      throw new RangeError(
        `range: a row of ${name} must ${end === "t" ? "start" : "end"} at ${wanted}, got rows with ${end} = ${rows.map((row) => row[end]).join(", ")}; put it into tau, see tauFrom, or into the grid, see gridFrom`,
      );
    const whole = found.filter((i) => !reachesBack(rows, end === "t" ? i : i + 1));
    if (whole.length === 0)
      throw new RangeError(
        `range: ${name} cannot be cut at ${wanted}, since the rows after it use predictions from before; plan on that part of the path alone, see tauFrom and gridFrom`,
      );
    return whole;
  };
  const first = from === undefined ? 0 : places(from, "t")[0]!;
  const last = to === undefined ? rows.length - 1 : places(to, "s").at(-1)!;
  if (last < first) throw new RangeError(`range: from ${from} must come before to ${to} in ${name}`);
  return { name, rows: rows.slice(first, last + 1) };
};
