import { existsSync, readFileSync } from "node:fs";

/** A reference file of ../shared/golden, which lies beside the repository and may be missing. */
export type Golden = {
  /** Why the test cannot run, to be put into its title; empty where it can. */
  readonly missing: string;
  /** Parses the file; the numbers "NaN", "Infinity" and "-Infinity" are strings in it. */
  readonly load: <T>() => T;
};

/** Finds a golden file. On a CI machine a missing file is an error: there the references must be tested. */
export const golden = (name: string): Golden => {
  const url = new URL(`../../shared/golden/${name}`, import.meta.url);
  const missing = existsSync(url) ? "" : ` (skipped: ../shared/golden/${name} is not here)`;
  if (missing !== "" && process.env["CI"]) throw new Error(`golden: CI needs ../shared/golden/${name}`);
  return { missing, load: <T>() => JSON.parse(readFileSync(url, "utf8")) as T };
};
