import { FormatError } from "@nonmarkov/files";
import { parseScheduler } from "./parseScheduler.ts";
import type { SchedulerConfig } from "./schedulerConfig.ts";

/** Strings, and the words that Python writes for numbers that JSON does not have. */
const stringsAndWords = /"(?:[^"\\]|\\.)*"|-?\b(?:Infinity|NaN)\b/g;

/**
 * Checks the text of a scheduler_config.json as Python wrote it, with -Infinity among its numbers.
 * @param where the file's name in errors
 * @throws FormatError if it is not JSON, and as `parseScheduler` does
 */
export const parseSchedulerText = (text: string, where: string = "scheduler_config.json"): SchedulerConfig => {
  const quoted = text.replace(stringsAndWords, (found) => (found.startsWith('"') ? found : `"${found}"`));
  let json: unknown;
  try {
    json = JSON.parse(quoted);
  } catch (error) {
    throw new FormatError(
      { where, what: "must be JSON", found: (error as Error).message, fix: "copy the file again" },
      { cause: error },
    );
  }
  return parseScheduler(json, where);
};
