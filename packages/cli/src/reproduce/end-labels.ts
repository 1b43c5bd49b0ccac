/** The last point of a line, and what to write beside it. */
export type LineEnd = { readonly x: number; readonly y: number; readonly text: string; readonly line: string };

/**
 * Where the names of lines go beside their ends on a logarithmic axis: at the ends' heights, moved apart where they would
 * overlap, in the order of the heights.
 * @param ends one per line
 * @param range the ratio of the largest to the smallest value on the axis
 * @param share the height of a line of text, as a part of the axis
 */
export const endLabels = (ends: readonly LineEnd[], range: number, share: number): readonly LineEnd[] => {
  const gap = share * Math.log(range);
  const upwards = ends.toSorted((a, b) => a.y - b.y);
  const heights: number[] = [];
  for (const { y } of upwards) heights.push(Math.max(Math.log(y), (heights.at(-1) ?? -Infinity) + gap));
  return upwards.map((end, i) => ({ ...end, y: Math.exp(heights[i]!) }));
};
