/**
 * A Markdown table; the columns are padded so that it can be read as text too.
 * @param text whether all columns are words; by default those after the first are numbers, set to the right
 */
export const markdownTable = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  { text = false }: { readonly text?: boolean } = {},
): string => {
  const left = (column: number): boolean => text || column === 0;
  const width = head.map((title, i) => Math.max(3, title.length, ...rows.map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => (left(i) ? cell.padEnd(width[i]!) : cell.padStart(width[i]!))).join(" | ")} |`;
  const rule = `| ${width.map((w, i) => (left(i) ? "-".repeat(w) : `${"-".repeat(w - 1)}:`)).join(" | ")} |`;
  return [line(head), rule, ...rows.map(line)].join("\n");
};
