import { Command } from "commander";
import { type BackendOptions, shared, type GlobalOptions } from "../options/common.ts";
import { integer } from "../options/number.ts";
import { output } from "../output.ts";

/** The options of `nonmarkov info`. */
export type InfoOptions = BackendOptions & {
  readonly lossCurve?: string;
  readonly explain?: true;
  readonly explainSvg?: string;
  readonly batch?: number;
  readonly force?: true;
};

/** `nonmarkov info`. */
export const infoCommand = (): Command =>
  new Command("info")
    .summary("versions and the backend that is chosen here, or a run's summary")
    .argument("[run]", "a run folder")
    .option("--loss-curve <svg>", "draw the run's training loss into a file")
    .option(
      "--explain",
      "take one evaluation of the run's network apart: its nodes with FLOPs, bytes and time (nonmarkov backend)",
    )
    .option("--explain-svg <svg>", "draw that into a file: time per kind of node, and the nodes in order")
    .option("--batch <n>", "samples of the evaluation that is explained (default 16)", integer({ min: 1 }))
    .addOption(shared.force())
    .addOption(shared.backend())
    .addOption(shared.threads())
    .addHelpText(
      "after",
      `
Examples:
  nonmarkov info
  nonmarkov info runs/mnist --json
  nonmarkov info runs/mnist --loss-curve loss.svg
  nonmarkov info runs/mnist --explain --explain-svg time.svg --batch 64`,
    )
    .action(async (run: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<InfoOptions & GlobalOptions>();
      const { info } = await import("../actions/info.ts");
      await info(run, options, output(options));
    });
