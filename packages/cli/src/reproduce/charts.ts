import * as Plot from "@observablehq/plot";
import { chart } from "../report/chart.ts";
import { standaloneSvg } from "../report/standalone-svg.ts";
import { endLabels, type LineEnd } from "./end-labels.ts";
import { exactSamplers } from "./exact-samplers.ts";
import type { Results } from "./results.ts";
import { stepsOf } from "./steps-of.ts";

/** Colours that can be told apart, also by those who see few: Okabe and Ito's. */
const colours = ["#0072b2", "#56b4e9", "#009e73", "#e69f00", "#d55e00", "#cc79a7", "#000000", "#999999", "#f0e442"];

type Point = { readonly sampler: string; readonly S: number; readonly distance: number | null };

const rangeOf = (values: readonly number[]): number => Math.max(...values) / Math.min(...values);

const last = <P extends { readonly S: number }>(points: readonly P[]): P =>
  points.reduce((furthest, point) => (point.S > furthest.S ? point : furthest));

/** Names beside the lines' ends. */
const names = (ends: readonly LineEnd[], range: number) =>
  Plot.text(endLabels(ends, range, 0.05), {
    x: "x",
    y: "y",
    text: "text",
    fill: "line",
    dx: 8,
    textAnchor: "start",
  });

/** Distances against S, both logarithmic, a line for each sampler; a dashed line for what a perfect sampler scores. */
export const samplersChart = (points: readonly Point[], label: string, floor?: number): string => {
  const finite = points.flatMap(({ sampler, S, distance }) =>
    distance === null || !(distance > 0) ? [] : [{ sampler, S, distance }],
  );
  const drawn = exactSamplers.filter(({ name }) => finite.some(({ sampler }) => sampler === name));
  const leaders = drawn.filter(({ sameAs }) => sameAs === undefined);
  const ends = leaders.map(({ name }) => {
    const { S, distance } = last(finite.filter(({ sampler }) => sampler === name));
    const twins = drawn.filter(({ sameAs }) => sameAs === name).map((twin) => twin.name);
    return { x: S, y: distance, text: [name, ...twins].join(" = "), line: name };
  });
  const lines = finite.filter(({ sampler }) => leaders.some(({ name }) => name === sampler));
  const range = rangeOf([...finite.map(({ distance }) => distance), ...(floor === undefined ? [] : [floor])]);
  return standaloneSvg(
    chart({
      width: 760,
      height: 400,
      marginLeft: 60,
      marginBottom: 42,
      marginRight: 180,
      x: {
        type: "log",
        label: "S, network evaluations",
        ticks: stepsOf(finite),
        tickFormat: String,
      },
      y: { type: "log", label, grid: true, ticks: 6, tickFormat: "~g" },
      color: {
        domain: leaders.map(({ name }) => name),
        range: leaders.map((_, i) => colours[i]!),
      },
      marks: [
        ...(floor === undefined ? [] : [Plot.ruleY([floor], { strokeDasharray: "3 4", strokeOpacity: 0.7 })]),
        Plot.line(lines, { x: "S", y: "distance", stroke: "sampler", strokeWidth: 2 }),
        Plot.dot(lines, { x: "S", y: "distance", fill: "sampler", r: 3 }),
        names(ends, range),
      ],
    }),
  );
};

/** Time against S with its straight line. */
export const timeChart = ({ points, fit }: Results["figure4"]): string => {
  const ends = [0, Math.max(...points.map(({ S }) => S))].map((S) => ({ S, seconds: fit.intercept + fit.slope * S }));
  return standaloneSvg(
    chart({
      width: 560,
      height: 320,
      marginLeft: 52,
      marginBottom: 42,
      x: { label: "S, network evaluations", grid: true },
      y: { label: "seconds", grid: true },
      marks: [
        Plot.line(ends, { x: "S", y: "seconds", stroke: colours[0]!, strokeOpacity: 0.7 }),
        Plot.dot(points, { x: "S", y: "seconds", fill: colours[4]!, r: 4 }),
      ],
    }),
  );
};

/** Frechet distances of Table 1 against S, with their intervals. */
export const table1Chart = ({ cells }: Results["table1"]): string => {
  const labels = [...new Set(cells.map(({ label }) => label))];
  const points = cells
    .map(({ S, label, frechet }) => ({ S, label, ...frechet, low: Math.max(frechet.low, frechet.value / 2) }))
    .sort((a, b) => a.S - b.S);
  return standaloneSvg(
    chart({
      width: 640,
      height: 360,
      marginLeft: 60,
      marginBottom: 42,
      marginRight: 70,
      x: {
        type: "log",
        label: "S, network evaluations",
        ticks: stepsOf(points),
        tickFormat: String,
      },
      y: { type: "log", label: "Fréchet distance", grid: true, ticks: 6, tickFormat: "~g" },
      color: { domain: labels, range: labels.map((_, i) => colours[i]!) },
      marks: [
        Plot.ruleX(points, { x: "S", y1: "low", y2: "high", stroke: "label", strokeWidth: 1.5 }),
        Plot.line(points, { x: "S", y: "value", stroke: "label", strokeWidth: 2 }),
        Plot.dot(points, { x: "S", y: "value", fill: "label", r: 3 }),
        names(
          labels.map((label) => {
            const { S, value } = last(points.filter((point) => point.label === label));
            return { x: S, y: value, text: label, line: label };
          }),
          rangeOf(points.flatMap(({ low, high }) => [low, high])),
        ),
      ],
    }),
  );
};

/** The error of encoding and decoding against S, ours and the paper's on CIFAR-10. */
export const table2Chart = (
  rows: Results["table2"]["rows"],
  paper: readonly { S: number; error: number }[],
): string => {
  const points = [
    ...rows.map(({ S, error }) => ({ S, error, whose: "here" })),
    ...paper.map(({ S, error }) => ({ S, error, whose: "paper, CIFAR-10" })),
  ];
  return standaloneSvg(
    chart({
      width: 560,
      height: 320,
      marginLeft: 64,
      marginBottom: 42,
      marginRight: 110,
      x: { type: "log", label: "S", ticks: stepsOf(points), tickFormat: String },
      y: { type: "log", label: "squared error per dimension", grid: true, ticks: 5, tickFormat: "~g" },
      color: { domain: ["here", "paper, CIFAR-10"], range: [colours[0]!, colours[7]!] },
      marks: [
        Plot.line(points, { x: "S", y: "error", stroke: "whose", strokeWidth: 2 }),
        Plot.dot(points, { x: "S", y: "error", fill: "whose", r: 3 }),
        names(
          ["here", "paper, CIFAR-10"].map((whose) => {
            const { S, error } = last(points.filter((point) => point.whose === whose));
            return { x: S, y: error, text: whose, line: whose };
          }),
          rangeOf(points.map(({ error }) => error)),
        ),
      ],
    }),
  );
};
