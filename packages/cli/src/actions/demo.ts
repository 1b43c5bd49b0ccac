import { slerp } from "@nonmarkov/samplers";
import { treeDispose, treeSize } from "@nonmarkov/autodiff";
import { createRun } from "@nonmarkov/checkpoint/node";
import { batchAt, type Dataset } from "@nonmarkov/data";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { candidates, fullCandidates } from "../candidates.ts";
import type { DemoOptions } from "../commands/demo.ts";
import { comparison } from "../compare.ts";
import { openDataset } from "../dataset.ts";
import { demoConfig, demoSampling } from "../demo-config.ts";
import { drawWithProgress } from "../draw-with-progress.ts";
import { duration } from "../duration.ts";
import { gaussianLatents, gaussianRows, givenLatents } from "../latents.ts";
import { measure } from "../measure.ts";
import { backendTitle } from "../machine.ts";
import type { Output } from "../output.ts";
import { picture } from "../pictures/picture.ts";
import { png, pngDataUri } from "../pictures/png.ts";
import { type Rows, sliceRows } from "../pictures/rows.ts";
import { plan } from "../plan.ts";
import { demoReport, type Shown } from "../report/demo-report.ts";
import { evaluationMarkdown } from "../report/evaluation-markdown.ts";
import { explainEvaluation } from "../report/explain-evaluation.ts";
import { runLosses } from "../run-losses.ts";
import type { RunConfig } from "../run-config.ts";
import { samplingKeys } from "../sampling-keys.ts";
import { pathsBetween } from "../paths-between.ts";
import { startBackend } from "../start-backend.ts";
import { loadTrained, openRun, type Run, type Trained } from "../trained.ts";
import { trainInterruptibly } from "../train-interruptibly.ts";
import type { TrainOutcome } from "../train-run.ts";
import { firstState } from "../training.ts";
import { version } from "../version.ts";
import { refuseExisting, writeResult } from "../write-result.ts";

/** demo, or the first of demo-2, demo-3, ... that does not exist. */
const freshFolder = (): string => {
  for (let i = 1; ; i++) {
    const name = i === 1 ? "demo" : `demo-${i}`;
    if (!existsSync(name)) return name;
  }
};

const trainDemo = async (
  dir: string,
  config: RunConfig,
  dataset: Dataset,
  { minutes }: DemoOptions,
  backend: string,
  out: Output,
): Promise<TrainOutcome & { readonly parameters: number }> => {
  await createRun(dir, config);
  const state = firstState(config);
  const parameters = treeSize(state.params);
  const { steps, checkpointEvery } = config.training;
  const seconds = minutes * 60;
  const outcome = await trainInterruptibly({
    dir,
    config,
    dataset,
    state,
    until: steps,
    seconds,
    checkpointEvery,
    backend,
    out,
  });
  return { ...outcome, parameters };
};

/** Draws with every sampler; the pictures are written as files too. */
const drawAll = async (
  dir: string,
  trained: Trained,
  dataset: Dataset,
  { n, seed, steps, ddpm }: DemoOptions,
  out: Output,
) => {
  const { config, schedule } = trained;
  const keys = samplingKeys(seed);
  const drawing = {
    trained,
    start: gaussianLatents(keys.latents, config.shape),
    n,
    key: keys.noise,
    batch: n,
  };
  const compared = comparison(dataset, keys.reference, n);
  const show = async (list: ReturnType<typeof candidates>): Promise<readonly Shown[]> => {
    const shown: Shown[] = [];
    for (const candidate of list) {
      const { measurement, rows } = await measure(candidate, drawing, compared, out);
      const name = `${candidate.sampler.toLowerCase().replace(/\W+/g, "-")}-S${candidate.steps}${candidate.eta === null ? "" : `-eta${candidate.eta}`}`;
      const raster = picture(sliceRows(rows, 0, Math.min(n, demoSampling.shown)), { scale: demoSampling.scale });
      await writeResult(join(dir, "samples", `${name}.png`), png(raster));
      shown.push({ ...measurement, picture: pngDataUri(raster) });
    }
    return shown;
  };
  const table = await show(candidates(schedule, { ...demoSampling, steps }));
  const full = ddpm ? await show(fullCandidates(schedule)) : [];
  return { table, full, floor: compared.floor };
};

const drawPaths = async (trained: Trained, seed: number, out: Output): Promise<Rows> => {
  const { paths, columns, pathSteps } = demoSampling;
  const keys = samplingKeys(seed);
  const stations = pathsBetween(gaussianRows(keys.latents, trained.config.shape, 2 * paths), columns, slerp);
  const { rows } = await drawWithProgress(
    {
      trained,
      table: plan(trained.schedule, { sampler: "ddim", steps: pathSteps, tau: "linear" }),
      start: givenLatents(stations),
      n: stations.n,
      key: keys.noise,
      batch: stations.n,
    },
    "paths between samples",
    out,
  );
  return rows;
};

const examplesOf = (dataset: Dataset, seed: number): Rows => {
  const n = demoSampling.columns * 4;
  return { n, shape: dataset.shape, data: batchAt(dataset, samplingKeys(seed).reference, 0, n).x };
};

/** `nonmarkov demo`. */
export const demo = async (options: DemoOptions, out: Output): Promise<void> => {
  const begun = performance.now();
  refuseExisting(options.out, undefined);
  const dir = options.out ?? freshFolder();
  if (options.out === undefined && dir !== "demo") out.note(`demo exists already, so this goes to ${dir}`);
  const runDir = join(dir, "run");
  const config = demoConfig(options.seed);
  const dataset = await openDataset(config.data, out);
  const backend = await startBackend(options, out.note);
  await mkdir(dir, { recursive: true });
  const outcome = await trainDemo(runDir, config, dataset, options, backendTitle(backend), out);

  const run: Run = await openRun(runDir);
  const trained = await loadTrained(run, "ema");
  try {
    const { table, full, floor } = await drawAll(dir, trained, dataset, options, out);
    const scale = demoSampling.scale;
    const paths = picture(await drawPaths(trained, options.seed, out), { columns: demoSampling.columns, scale });
    const data = picture(examplesOf(dataset, options.seed), { columns: demoSampling.columns, scale });
    await writeResult(join(dir, "samples", "paths.png"), png(paths));
    await writeResult(join(dir, "samples", "data.png"), png(data));
    const explained = backend.backend === "nonmarkov" ? await explainEvaluation(trained, options.n) : undefined;
    const loss = await runLosses(runDir);
    const report = join(dir, "report.html");
    await writeResult(
      report,
      demoReport({
        command: "nonmarkov demo",
        facts: [
          ["network", `U-Net, ${outcome.parameters.toLocaleString("en")} parameters`],
          ["training", `${outcome.step.toLocaleString("en")} steps of ${config.training.batch}`],
          ["training time", duration(outcome.seconds)],
          ["speed", `${Math.round(outcome.samplesPerSecond)} samples/s`],
          ["last loss", outcome.loss?.toFixed(4) ?? "-"],
          ["backend", backend.backend],
        ],
        loss,
        table,
        full,
        floor,
        explained,
        data: pngDataUri(data),
        paths: pngDataUri(paths),
        run: runDir,
        footer: `nonmarkov ${version()}, Node ${process.versions.node}, ${backend.backend}: ${backend.why}.`,
      }),
    );
    const measurements = [...table, ...full].map(({ picture: _, ...measurement }) => measurement);
    const seconds = (performance.now() - begun) / 1000;
    out.say(evaluationMarkdown(measurements, floor));
    out.say();
    out.say(`All done in ${duration(seconds)}. Look at:`);
    out.say(`  ${report}   the pictures, tables and curves, in any browser`);
    out.say(`  ${join(dir, "samples")}   the pictures as PNG files`);
    out.say(`  ${runDir}   the run: try  npx nonmarkov sample ${runDir} --steps 20 --out digits.png`);
    out.result({ out: dir, report, run: runDir, training: outcome, floor, measurements, seconds });
  } finally {
    treeDispose(trained.params);
  }
};
