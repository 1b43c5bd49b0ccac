import { UsageError } from "./errors.ts";
import type { RunConfig } from "./run-config.ts";

/**
 * The class of each sample of a conditional network: the one asked for, else all in turn.
 * @throws UsageError if a class is asked for that does not exist
 */
export const labelsFor = ({ net }: RunConfig, asked: number | undefined): ((index: number) => number) | undefined => {
  if (asked !== undefined && net.classes === 0)
    throw new UsageError("--class: this network knows no classes (trained without --conditional); leave --class out");
  if (asked !== undefined && asked >= net.classes)
    throw new UsageError(`--class: must be in 0..${net.classes - 1}, got ${asked}`);
  return net.classes === 0 ? undefined : (index) => asked ?? index % net.classes;
};
