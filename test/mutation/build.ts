import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { instrument } from "./instrument.ts";
import type { Mutant } from "./mutant.ts";
import { planted } from "./planted.ts";

/** Every mutant of the packages under test, in one build. */
export type Build = {
  /** Their numbers are their places in this list. */
  readonly mutants: readonly Mutant[];
  /** The mutants of each switch, as [first id, end). */
  readonly places: readonly (readonly [number, number])[];
  /** The instrumented sources, by absolute path. */
  readonly code: ReadonlyMap<string, string>;
};

const sourcesOf = (root: string, name: string): readonly string[] =>
  readdirSync(join(root, "packages", name, "src"), { recursive: true, encoding: "utf8" })
    .map((file) => `packages/${name}/src/${file.replaceAll("\\", "/")}`)
    .filter((file) => file.endsWith(".ts") && !file.endsWith("/index.ts"))
    .sort();

/**
 * Instruments the sources of packages.
 * @throws Error if a planted mistake fits no expression, or more than one
 */
export const build = (root: string, packages: readonly string[]): Build => {
  const mutants: Mutant[] = [];
  const places: (readonly [number, number])[] = [];
  const code = new Map<string, string>();
  for (const file of packages.flatMap((name) => sourcesOf(root, name))) {
    const named = planted.filter((p) => p.file === file);
    const result = instrument(file, readFileSync(join(root, file), "utf8"), mutants.length, named);
    mutants.push(...result.mutants);
    places.push(...result.places);
    code.set(join(root, file), result.code);
  }
  return { mutants, places, code };
};
