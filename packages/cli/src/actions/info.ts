import { treeDispose } from "@nonmarkov/autodiff";
import type { InfoOptions } from "../commands/info.ts";
import { UsageError } from "../errors.ts";
import type { Output } from "../output.ts";
import { type ExplainedEvaluation, explainEvaluation } from "../report/explain-evaluation.ts";
import { explanationChart } from "../report/explanation-chart.ts";
import { lossChart } from "../report/loss-chart.ts";
import { standaloneSvg } from "../report/standalone-svg.ts";
import { runLosses } from "../run-losses.ts";
import { runSummary, type RunSummary } from "../run-summary.ts";
import { startBackend } from "../start-backend.ts";
import { loadTrained, openRun, type Run } from "../trained.ts";
import { version } from "../version.ts";
import { refuseExisting, writeResult } from "../write-result.ts";

const asksToExplain = ({ explain, explainSvg }: InfoOptions): boolean => explain === true || explainSvg !== undefined;

const checkOptions = (options: InfoOptions): void => {
  refuseExisting(options.lossCurve, options.force);
  refuseExisting(options.explainSvg, options.force);
  if (options.batch !== undefined && !asksToExplain(options))
    throw new UsageError(
      "--batch is the size of the evaluation that --explain takes apart; add --explain or leave it out",
    );
};

const explained = async (run: Run, options: InfoOptions, out: Output): Promise<ExplainedEvaluation> => {
  const { backend } = await startBackend(options, out.note);
  if (backend !== "nonmarkov")
    throw new UsageError(`--explain: only the nonmarkov backend can, and this is ${backend}; try --backend nonmarkov`);
  const trained = await loadTrained(run, run.about?.weights ?? "ema");
  try {
    return await explainEvaluation(trained, options.batch ?? 16);
  } finally {
    treeDispose(trained.params);
  }
};

const saySummary = ({ run, config, step, parameters, loss }: RunSummary, out: Output): void => {
  const { kind, ...net } = config.net;
  out.say(`run         ${run}, at step ${step} of ${config.training.steps}`);
  out.say(
    `data        ${config.data.name}${config.data.dir === undefined ? "" : ` in ${config.data.dir}`}, shape [${config.shape.join(", ")}]`,
  );
  out.say(`network     ${kind}, ${parameters.toLocaleString("en")} parameters, ${JSON.stringify(net)}`);
  out.say(`schedule    ${config.schedule}, predicts ${config.prediction}`);
  out.say(`training    ${JSON.stringify(config.training)}`);
  out.say(`last losses ${loss?.toFixed(4) ?? "none yet"}`);
};

const describeRun = async (dir: string, options: InfoOptions, out: Output): Promise<void> => {
  checkOptions(options);
  const { lossCurve, explain, explainSvg } = options;
  const run = await openRun(dir);
  if (run.about !== undefined && lossCurve !== undefined)
    throw new UsageError(`--loss-curve: ${dir} is an exported model, its losses stayed in the run; see its README.md`);
  const summary = await runSummary(run);
  const explanation = asksToExplain(options) ? await explained(run, options, out) : undefined;
  saySummary(summary, out);
  if (lossCurve !== undefined) {
    await writeResult(lossCurve, standaloneSvg(lossChart(await runLosses(dir))));
    out.say(`loss curve  ${lossCurve}`);
  }
  if (explanation === undefined) return out.result(summary);
  const { text, ...numbers } = explanation;
  if (explainSvg !== undefined) {
    await writeResult(explainSvg, standaloneSvg(explanationChart(explanation)));
    out.say(`explained   ${explainSvg}`);
  }
  if (explain) out.say(`\none evaluation of the network for ${explanation.batch} samples:\n\n${text}`);
  out.result({ ...summary, explanation: numbers });
};

/** Options that ask about a run, with what they do. */
const aboutRuns = [
  ["lossCurve", "--loss-curve draws the losses of a run", "--loss-curve FILE"],
  ["explain", "--explain takes the network of a run apart", "--explain"],
  ["explainSvg", "--explain-svg draws what the network of a run consists of", "--explain-svg FILE"],
  ["batch", "--batch belongs to --explain, which takes the network of a run apart", "--explain --batch N"],
] as const;

const describeHere = async (options: InfoOptions, out: Output): Promise<void> => {
  for (const [name, does, example] of aboutRuns)
    if (options[name] !== undefined) throw new UsageError(`${does}; name its folder: nonmarkov info RUN ${example}`);
  const { node, v8 } = process.versions;
  const machine = `${process.platform} ${process.arch}`;
  const started = await startBackend(options);
  out.say(`nonmarkov   ${version()}`);
  out.say(`Node        ${node} (V8 ${v8}), ${machine}`);
  out.say(`backend     ${started.backend}: ${started.why}`);
  out.result({ version: version(), node, machine, ...started });
};

/** `nonmarkov info`. */
export const info = (run: string | undefined, options: InfoOptions, out: Output): Promise<void> =>
  run === undefined ? describeHere(options, out) : describeRun(run, options, out);
