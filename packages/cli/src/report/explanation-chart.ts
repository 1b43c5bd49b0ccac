import type { ExplainedNode, Explanation } from "@nonmarkov/engine";
import * as Plot from "@observablehq/plot";
import { chart, type Svg } from "./chart.ts";

/** All nodes of one kind. */
type OfOneKind = { readonly op: string; readonly count: number; readonly ms: number; readonly gigaflops: number };
/** A node on the time line, in milliseconds. */
type Stretch = { readonly op: string; readonly from: number; readonly to: number; readonly title: string };

/** The colours of the kinds that take most of the time, in that order; the other ones share the last. */
const colours = [
  ...["var(--s0, #2f5fd0)", "var(--s1, #2a9d8f)", "var(--s2, #e09f3e)", "var(--s3, #c8553d)"],
  ...["var(--s4, #7d5ba6)", "var(--s5, #b5467f)", "var(--s6, #71902c)", "var(--s7, #8a6d3b)", "var(--soft, #a3a8b0)"],
];

const [width, rowHeight, lineHeight, gap] = [900, 25, 46, 34];
const margins = { marginTop: 6, marginRight: 236, marginBottom: 42 };

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

const kindsOf = (nodes: readonly ExplainedNode[]): readonly OfOneKind[] =>
  [...new Set(nodes.map(({ op }) => op))]
    .map((op) => {
      const these = nodes.filter((node) => node.op === op);
      const seconds = sum(these.map((node) => node.seconds));
      return {
        op,
        count: these.length,
        ms: 1e3 * seconds,
        gigaflops: sum(these.map(({ flops }) => flops)) / seconds / 1e9,
      };
    })
    .sort((a, b) => b.ms - a.ms);

const shown = (shapes: ExplainedNode["reads"]): string => shapes.map((shape) => `[${shape.join(", ")}]`).join(" ");

const stretchesOf = (nodes: readonly ExplainedNode[]): readonly Stretch[] => {
  let to = 0;
  return nodes.map(({ op, seconds, flops, reads, makes }, i) => {
    const from = to;
    to += 1e3 * seconds;
    const about = `${(1e3 * seconds).toFixed(3)} ms, ${(flops / 1e6).toFixed(2)} MFLOP`;
    return { op, from, to, title: `${i} ${op}: ${about}\nreads ${shown(reads)}\nmakes ${shown(makes)}` };
  });
};

/** A column of numbers to the right of the bars, under its title. */
const column = (
  kinds: readonly OfOneKind[],
  title: string,
  right: number,
  text: (kind: OfOneKind) => string,
): readonly Plot.Markish[] => {
  const place = { textAnchor: "end", dx: right } as const;
  return [
    Plot.text([title], {
      ...place,
      frameAnchor: "top-right",
      dy: lineHeight + gap - 14,
      fill: "var(--quiet, #676d76)",
    }),
    Plot.text(kinds, { ...place, frameAnchor: "right", y: "op", text, fontVariant: "tabular-nums" }),
  ];
};

/**
 * Where the time of a recorded function goes. Above, its nodes in the order in which they run, each as wide as the time it
 * takes; below, the time of each kind of node on the same axis, with its share and its speed.
 */
export const explanationChart = ({ nodes }: Explanation): Svg => {
  const kinds = kindsOf(nodes);
  const ops = kinds.map(({ op }) => op);
  const total = sum(kinds.map(({ ms }) => ms));
  return chart({
    ...margins,
    width,
    height: margins.marginTop + lineHeight + gap + rowHeight * kinds.length + margins.marginBottom,
    marginLeft: 18 + 7 * Math.max(8, ...ops.map((op) => op.length)),
    x: { domain: [0, total], label: "milliseconds", labelAnchor: "center", labelArrow: "none", grid: true },
    y: { domain: ops, label: null, tickSize: 0, insetTop: lineHeight + gap, padding: 0.25 },
    color: { domain: ops, range: ops.map((_, i) => colours[Math.min(i, colours.length - 1)]!) },
    marks: [
      Plot.rect(stretchesOf(nodes), {
        x1: "from",
        x2: "to",
        fill: "op",
        title: "title",
        insetRight: 0.4,
        insetBottom: gap + rowHeight * kinds.length,
      }),
      Plot.text(["in order"], { frameAnchor: "top-left", textAnchor: "end", dx: -9, dy: lineHeight / 2 - 7 }),
      Plot.barX(kinds, { x: "ms", y: "op", fill: "op" }),
      ...column(kinds, "nodes", 50, ({ count }) => `${count}`),
      ...column(kinds, "ms", 102, ({ ms }) => ms.toFixed(ms < 10 ? 2 : 1)),
      ...column(kinds, "share", 160, ({ ms }) => `${((100 * ms) / total).toFixed(1)} %`),
      ...column(kinds, "GFLOP/s", 226, ({ gigaflops, ms }) => (gigaflops > 0 && ms > 0 ? gigaflops.toFixed(1) : "–")),
    ],
  });
};
