import { readFileSync, writeFileSync } from "node:fs";

/** What is known of the mutants after some test files, as JSON on disk: every test file runs in a process of its own. */
export type Progress = {
  /** The first and last id of each place in the code that can be mutated, as [first, end). */
  readonly places: readonly (readonly [number, number])[];
  /** The mutants that no test has noticed yet. */
  alive: number[];
  /** By id, the test that noticed it: file and title. */
  readonly killedBy: Record<number, string>;
  /** The places that some test has run. */
  covered: number[];
  /** The places that a test file runs while it is loaded, where mutants must be switched on before: by file. */
  readonly loaded: Record<string, number[]>;
};

export const readProgress = (path: string): Progress => JSON.parse(readFileSync(path, "utf8")) as Progress;
export const writeProgress = (path: string, progress: Progress): void => writeFileSync(path, JSON.stringify(progress));
