import { UsageError } from "./errors.ts";

/** Runs a library's own check of an argument; what it rejects is a usage error of the command. */
export const usage = <T>(check: () => T): T => {
  try {
    return check();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw new UsageError(error.message);
    throw error;
  }
};
