import type { Schedule } from "@nonmarkov/schedule";
import { dirname, join, relative } from "node:path";
import type { ReproduceOptions } from "../commands/reproduce.ts";
import { Interrupted, UsageError } from "../errors.ts";
import { onInterrupt } from "../interrupt.ts";
import type { Output } from "../output.ts";
import { against, checkComparable } from "../reproduce/against.ts";
import { type Budget, fullBudget, quickBudget } from "../reproduce/budget.ts";
import { samplersChart, table1Chart, table2Chart, timeChart } from "../reproduce/charts.ts";
import { exact, exactEvaluations } from "../reproduce/exact.ts";
import { figure3 } from "../reproduce/figure3.ts";
import { figure4, figure4Evaluations } from "../reproduce/figure4.ts";
import { figure5 } from "../reproduce/figure5.ts";
import { figure6, figure6Evaluations } from "../reproduce/figure6.ts";
import { openFolder, readPart, readParts, writePart } from "../reproduce/files.ts";
import { type ReproducePart, reproduceParts } from "../reproduce/names.ts";
import { paperTable2 } from "../reproduce/paper.ts";
import { report } from "../reproduce/report.ts";
import type { Results } from "../reproduce/results.ts";
import { type Setting, withSetting } from "../reproduce/setting.ts";
import { table1, table1Evaluations } from "../reproduce/table1.ts";
import { table2, table2Evaluations } from "../reproduce/table2.ts";
import { tracker } from "../reproduce/tracker.ts";
import { openRun } from "../trained.ts";
import { writeResult } from "../write-result.ts";

const make: { readonly [Part in ReproducePart]: (setting: Setting) => Promise<Results[Part]> } = {
  table1,
  table2,
  figure3,
  figure4,
  figure5,
  figure6,
  exact,
};

/** Charts that are drawn of the results, by file name. */
const charts: { readonly [Part in ReproducePart]?: (result: Results[Part]) => Readonly<Record<string, string>> } = {
  table1: (result) => ({ "table1.svg": table1Chart(result) }),
  table2: ({ rows }) => ({
    "table2.svg": table2Chart(
      rows,
      paperTable2.filter(({ S }) => rows.some((row) => row.S === S)),
    ),
  }),
  figure4: (result) => ({ "figure4.svg": timeChart(result) }),
  exact: ({ gaussian, mixture, cloud }) => ({
    "exact-gaussian.svg": samplersChart(gaussian.points, "2-Wasserstein distance"),
    "exact-mixture.svg": samplersChart(mixture.points, "sliced Wasserstein distance", mixture.floor),
    "exact-cloud.svg": samplersChart(cloud.points, "sliced Wasserstein distance", cloud.floor),
  }),
};

/** Evaluations that parts still need; Figures 3 and 5 are drawn from the samples of Table 1. */
const evaluations = (
  parts: readonly ReproducePart[],
  dir: string,
  schedule: Schedule,
  budget: Budget,
  tau: ReproduceOptions["tau"],
): number => {
  const needsCells = parts.some((part) => part === "table1" || part === "figure3" || part === "figure5");
  const of: Partial<Record<ReproducePart, number>> = {
    table2: table2Evaluations(dir, schedule, budget),
    figure4: figure4Evaluations(budget),
    figure6: figure6Evaluations(budget),
    exact: exactEvaluations(dir, budget),
  };
  return parts.reduce(
    (sum, part) => sum + (of[part] ?? 0),
    needsCells ? table1Evaluations(dir, schedule, budget, tau) : 0,
  );
};

const budgetOf = ({ quick, n, images, steps }: ReproduceOptions, { T }: Schedule): Budget => {
  const base = quick ? quickBudget : fullBudget;
  const asked = [...(steps ?? base.steps.filter((S) => S <= T))].sort((a, b) => a - b);
  const tooMany = asked.find((S) => S > T);
  if (tooMany !== undefined)
    throw new UsageError(`--steps: the model's schedule has T = ${T} steps, got ${tooMany}; take no more`);
  return { ...base, steps: [...new Set(asked)], n: n ?? base.n, images: images ?? base.images };
};

const commandLine = (
  what: string,
  { model, features, out, report, quick, n, images, steps, seed, batch, weights, tau }: ReproduceOptions,
): string =>
  [
    `npx nonmarkov reproduce ${what} --data mnist:DIR --model ${model} --features ${features}`,
    ...(quick ? ["--quick"] : []),
    ...(n === undefined ? [] : [`--n ${n}`]),
    ...(images === undefined ? [] : [`--images ${images}`]),
    ...(steps === undefined ? [] : [`--steps ${steps.join()}`]),
    ...(tau === "authors-uniform" ? [] : [`--tau ${tau}`]),
    ...(weights === "ema" ? [] : [`--weights ${weights}`]),
    ...(seed === 0 ? [] : [`--seed ${seed}`]),
    ...(batch === 125 ? [] : [`--batch ${batch}`]),
    `--out ${out}`,
    ...(report === undefined ? [] : [`--report ${report}`]),
  ].join(" ");

const makePart = async <Part extends ReproducePart>(part: Part, setting: Setting): Promise<Results[Part]> => {
  const result = await make[part](setting);
  for (const [file, svg] of Object.entries(charts[part]?.(result) ?? {}))
    await writeResult(join(setting.dir, file), svg);
  await writePart(setting.dir, part, setting.manifest, result);
  return result;
};

const writeReports = async (what: string, options: ReproduceOptions, setting: Setting): Promise<string> => {
  const reported = await readParts(setting.dir, setting.manifest);
  const complete = reproduceParts.every((part) => reported[part] !== undefined);
  const command = commandLine(complete ? "all" : what, options);
  const text = report(reported, command, (file) => file);
  await writeResult(join(setting.dir, "report.md"), text);
  if (options.report !== undefined) {
    const folder = relative(dirname(options.report), setting.dir);
    await writeResult(
      options.report,
      report(reported, command, (file) => `${folder}/${file}`),
    );
  }
  return text;
};

/** The Table 1 of another folder, to be compared with. */
const readOther = async (dir: string) => {
  const other = await readPart(dir, "table1");
  if (other === undefined)
    throw new UsageError(`--against: ${dir} has no table1.json; name a folder of reproduce table1`);
  return other;
};

/** `nonmarkov reproduce`. */
export const reproduce = async (what: ReproducePart | "all", options: ReproduceOptions, out: Output): Promise<void> => {
  if (options.report !== undefined && !options.report.endsWith(".md"))
    throw new UsageError(`--report: the report is Markdown, a file that ends in .md, got "${options.report}"`);
  const parts = what === "all" ? reproduceParts : [what];
  if (options.against !== undefined && !parts.includes("table1"))
    throw new UsageError(`--against: compares Table 1, and this makes ${what}; reproduce table1 or all`);
  const other = options.against === undefined ? undefined : await readOther(options.against);
  const run = await openRun(options.model);
  const { schedule } = run;
  const budget = budgetOf(options, schedule);
  const interrupt = onInterrupt((signal) => out.note(`${signal}: stopping; once more ends at once`));
  const begun = performance.now();
  try {
    await withSetting(
      options,
      {
        run,
        budget,
        signal: interrupt.signal,
        out,
        open: async (manifest, real) => {
          if (other !== undefined) checkComparable(manifest, other.manifest, options.against!);
          await openFolder(options.out, manifest, options.force ?? false);
          return tracker(out, evaluations(parts, options.out, schedule, real, options.tau));
        },
      },
      async (setting) => {
        for (const part of parts) await makePart(part, setting);
        setting.tracker.stop();
        const text = await writeReports(what, options, setting);
        out.say(text);
        if (other !== undefined) out.say(against((await readPart(options.out, "table1"))!.result, other.result));
        out.note(
          `${options.out}: report.md and ${parts.join(", ")}, ${Math.round((performance.now() - begun) / 1000)} s`,
        );
        out.result({ out: options.out, parts, manifest: setting.manifest });
      },
    );
  } catch (error) {
    const signal = interrupt.came();
    if (signal === undefined) throw error;
    throw new Interrupted(signal, `stopped; what is drawn is kept in ${options.out}, the same command goes on with it`);
  } finally {
    interrupt.release();
  }
};
