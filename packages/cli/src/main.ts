import { CommanderError } from "commander";
import { Interrupted, UsageError } from "./errors.ts";
import { exitCodes } from "./exit-codes.ts";
import { program } from "./program.ts";

/** The exit code that an error stands for. */
const codeOf = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  if (error instanceof UsageError) return exitCodes.usage;
  if (error instanceof Interrupted) return exitCodes[error.signal];
  return exitCodes.failure;
};

/**
 * Runs the `nonmarkov` command.
 * @param argv the arguments after the command's own name
 * @returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 or 143 stopped by SIGINT or SIGTERM
 */
export const main = async (argv: readonly string[]): Promise<number> => {
  try {
    await program().parseAsync([...argv], { from: "user" });
    return exitCodes.ok;
  } catch (error) {
    const code = codeOf(error);
    const thrown = error instanceof Error ? error : new Error(String(error));
    // What commander throws it has already written.
    if (!(thrown instanceof CommanderError))
      process.stderr.write(`${thrown instanceof Interrupted ? "" : "error: "}${thrown.message}\n`);
    if (code !== exitCodes.ok && argv.includes("--debug")) process.stderr.write(`${thrown.stack}\n`);
    if (code !== exitCodes.ok && argv.includes("--json"))
      process.stdout.write(
        `${JSON.stringify({ error: { name: thrown.name, message: thrown.message, exitCode: code } })}\n`,
      );
    return code;
  }
};
