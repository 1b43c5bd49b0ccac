/** What a mutation test found, as test/mutation/results.json keeps it. */
export type MutationResults = {
  /** The day it ran, as 2026-01-31. */
  readonly date: string;
  /** Mutants, the planted mistakes among them. */
  readonly mutants: number;
  /** How many a test has noticed. */
  readonly killed: number;
  /** How many compute the same as the original, by name in equivalents.ts. */
  readonly equivalent: number;
  /** By package: the same three numbers. */
  readonly packages: Readonly<
    Record<string, { readonly mutants: number; readonly killed: number; readonly equivalent: number }>
  >;
  /** The named mistakes and the test that noticed each; "" for none. */
  readonly planted: readonly { readonly name: string; readonly file: string; readonly noticedBy: string }[];
  /** The mutants that nothing noticed and that are not equivalent. */
  readonly survivors: readonly {
    readonly file: string;
    readonly line: number;
    readonly original: string;
    readonly mistake: string;
  }[];
};
