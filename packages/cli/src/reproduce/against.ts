import { UsageError } from "../errors.ts";
import { markdownTable } from "../report/markdown-table.ts";
import { incomparable, type Manifest } from "./manifest.ts";
import type { Results } from "./results.ts";

/**
 * Whether distances of two manifests can be compared.
 * @throws UsageError if they differ in n, features or reference
 */
export const checkComparable = (ours: Manifest, theirs: Manifest, dir: string): void => {
  const differences = incomparable(ours, theirs);
  if (differences.length > 0)
    throw new UsageError(
      `--against: the distances in ${dir} cannot be compared with these, since they differ in ${differences.join("; ")}; make them with the same n, features and reference`,
    );
};

/** Two comparable Tables 1 side by side: by how many standard errors their cells differ. */
export const against = (ours: Results["table1"], theirs: Results["table1"]): string => {
  const rows = ours.cells.flatMap((cell) => {
    const other = theirs.cells.find(({ S, column }) => S === cell.S && column === cell.column);
    if (other === undefined) return [];
    const error = Math.hypot(cell.frechet.standardError, other.frechet.standardError);
    const difference = cell.frechet.value - other.frechet.value;
    return [
      [
        `${cell.label}, S = ${cell.S}`,
        cell.frechet.value.toPrecision(4),
        other.frechet.value.toPrecision(4),
        difference === 0 ? "0" : (difference / error).toFixed(2),
      ],
    ];
  });
  return markdownTable(["cell", "Fréchet distance", "there", "difference in standard errors"], rows);
};
