import type { InfoOptions } from "../commands/info.ts";
import { UsageError } from "../errors.ts";
import type { Output } from "../output.ts";
import { lossChart } from "../report/loss-chart.ts";
import { standaloneSvg } from "../report/standalone-svg.ts";
import { runLosses } from "../run-losses.ts";
import { runSummary } from "../run-summary.ts";
import { startBackend } from "../start-backend.ts";
import { openRun } from "../trained.ts";
import { version } from "../version.ts";
import { refuseExisting, writeResult } from "../write-result.ts";

const describeRun = async (dir: string, { lossCurve, force }: InfoOptions, out: Output): Promise<void> => {
  refuseExisting(lossCurve, force);
  const summary = await runSummary(await openRun(dir));
  const { config, step, parameters, loss } = summary;
  const { kind, ...net } = config.net;
  out.say(`run         ${dir}, at step ${step} of ${config.training.steps}`);
  out.say(
    `data        ${config.data.name}${config.data.dir === undefined ? "" : ` in ${config.data.dir}`}, shape [${config.shape.join(", ")}]`,
  );
  out.say(`network     ${kind}, ${parameters.toLocaleString("en")} parameters, ${JSON.stringify(net)}`);
  out.say(`schedule    ${config.schedule}, predicts ${config.prediction}`);
  out.say(`training    ${JSON.stringify(config.training)}`);
  out.say(`last losses ${loss?.toFixed(4) ?? "none yet"}`);
  if (lossCurve !== undefined) {
    await writeResult(lossCurve, standaloneSvg(lossChart(await runLosses(dir))));
    out.say(`loss curve  ${lossCurve}`);
  }
  out.result(summary);
};

const describeHere = async (options: InfoOptions, out: Output): Promise<void> => {
  if (options.lossCurve !== undefined)
    throw new UsageError(
      "--loss-curve draws the losses of a run; name its folder: nonmarkov info RUN --loss-curve FILE",
    );
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
