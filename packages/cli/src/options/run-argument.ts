import { Argument } from "commander";

/** The run folder that a command works with. */
export const runArgument = (): Argument => new Argument("<run>", "a run folder, written by train or demo");
