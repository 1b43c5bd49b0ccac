import type { DeclaredTest } from "./declaredTests.ts";

/** How a declared test went, over all of its cases. */
export type Outcome = {
  readonly state: "passed" | "failed" | "skipped";
  /** How many tests it made: 1, or the length of its `each`. */
  readonly cases: number;
  /** How many inputs fast-check drew for it; 0 if it has no property. */
  readonly runs: number;
};

/** What an outcome is filed under. */
export const outcomeKey = ({ file, titles }: DeclaredTest): string => [file, ...titles].join(" > ");

/** Whether a test that ran is one of those that a declaration makes: placeholders stand for anything. */
export const isCaseOf = (declared: DeclaredTest, file: string, titles: readonly string[]): boolean =>
  declared.file === file &&
  declared.titles.length === titles.length &&
  declared.titles.every((template, i) => {
    const pattern = template.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/%[sdifjoO#]/g, "[^]*");
    return new RegExp(`^${pattern}$`).test(titles[i]!);
  });
