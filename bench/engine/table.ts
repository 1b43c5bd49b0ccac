import { readFileSync } from "node:fs";
import type { Spread } from "../spread.ts";

type Row = { readonly peer: string; readonly ms?: Spread; readonly peakMiB?: number };
type Result = { readonly results: Readonly<Record<string, { readonly rows: readonly Row[] }>> };

/** Prints bench/results/engine.json as a Markdown table: medians in milliseconds, one column per peer. */
const { results } = JSON.parse(readFileSync(new URL("../results/engine.json", import.meta.url), "utf8")) as Result;
const peers = [...new Set(Object.values(results).flatMap(({ rows }) => rows.map(({ peer }) => peer)))];
const cell = ({ ms }: Row): string =>
  ms === undefined ? "-" : ms.median < 100 ? ms.median.toFixed(1) : ms.median.toFixed(0);
console.log(`| median ms | ${peers.join(" | ")} |`);
console.log(`| --- | ${peers.map(() => "---:").join(" | ")} |`);
for (const [name, { rows }] of Object.entries(results))
  console.log(
    `| ${name.replaceAll("_", " ")} | ${peers.map((peer) => cell(rows.find((row) => row.peer === peer) ?? { peer })).join(" | ")} |`,
  );
