import { Command } from "commander";
import { decodeCommand } from "./commands/decode.ts";
import { demoCommand } from "./commands/demo.ts";
import { editCommand } from "./commands/edit.ts";
import { encodeCommand } from "./commands/encode.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { exportCommand } from "./commands/export.ts";
import { infoCommand } from "./commands/info.ts";
import { interpolateCommand } from "./commands/interpolate.ts";
import { reproduceCommand } from "./commands/reproduce.ts";
import { sampleCommand } from "./commands/sample.ts";
import { trainCommand } from "./commands/train.ts";
import { trainFeaturesCommand } from "./commands/train-features.ts";
import { exitCodes } from "./exit-codes.ts";
import { version } from "./version.ts";

/** The command line with all its commands. Parsing throws instead of ending the process. */
export const program = (): Command => {
  const root = new Command("nonmarkov")
    .description("Denoising diffusion implicit models: train, sample, encode, interpolate, evaluate.")
    .version(version())
    .option("--json", "one line of JSON with the result on stdout")
    .option("--quiet", "no progress")
    .option("--debug", "show where an error comes from")
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError("(--help says more)")
    .addHelpText(
      "after",
      `
Exit codes: ${exitCodes.ok} done, ${exitCodes.failure} failed, ${exitCodes.usage} the command line is wrong, ${exitCodes.SIGINT} or ${exitCodes.SIGTERM} stopped by Ctrl-C or SIGTERM.
Start with: nonmarkov demo`,
    );
  const commands = [
    trainCommand,
    sampleCommand,
    editCommand,
    encodeCommand,
    decodeCommand,
    interpolateCommand,
    evaluateCommand,
    reproduceCommand,
    exportCommand,
    trainFeaturesCommand,
    demoCommand,
    infoCommand,
  ];
  for (const make of commands) root.addCommand(make().copyInheritedSettings(root));
  return root;
};
