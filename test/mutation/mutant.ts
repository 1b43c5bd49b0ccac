/** One mistake that can be switched on in an instrumented source file. */
export type Mutant = {
  /** Its number in this build: what the switch is set to. */
  readonly id: number;
  /** The source file, relative to the repository. */
  readonly file: string;
  /** Where the changed code stands, from 1. */
  readonly line: number;
  /** That line of code, trimmed. */
  readonly on: string;
  /** What kind of mistake: a name of `mutators`, or "planted". */
  readonly kind: string;
  /** The code as it is. */
  readonly original: string;
  /** The code with the mistake. */
  readonly mistake: string;
  /** Of a planted mistake, what it is called. */
  readonly name?: string;
};
