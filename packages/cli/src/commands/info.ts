import { Command } from "commander";
import { type BackendOptions, shared, type GlobalOptions } from "../options/common.ts";
import { output } from "../output.ts";

/** The options of `nonmarkov info`. */
export type InfoOptions = BackendOptions & { readonly lossCurve?: string; readonly force?: true };

/** `nonmarkov info`. */
export const infoCommand = (): Command =>
  new Command("info")
    .summary("versions and the backend that is chosen here, or a run's summary")
    .argument("[run]", "a run folder")
    .option("--loss-curve <svg>", "draw the run's training loss into a file")
    .addOption(shared.force())
    .addOption(shared.backend())
    .addOption(shared.threads())
    .addHelpText(
      "after",
      `
Examples:
  nonmarkov info
  nonmarkov info runs/mnist --json
  nonmarkov info runs/mnist --loss-curve loss.svg`,
    )
    .action(async (run: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<InfoOptions & GlobalOptions>();
      const { info } = await import("../actions/info.ts");
      await info(run, options, output(options));
    });
