/** Where a command's words go. */
export type Output = {
  /** The result: readable lines on stdout; silent under --json. */
  readonly say: (line?: string) => void;
  /** What is going on: stderr; silent under --quiet. */
  readonly note: (line: string) => void;
  /** The machine-readable result: one line of JSON on stdout under --json, else nothing. */
  readonly result: (value: object) => void;
  /** Progress bars are drawn. */
  readonly progress: boolean;
};

/** The three channels of a command. */
export const output = ({
  json = false,
  quiet = false,
}: {
  readonly json?: boolean;
  readonly quiet?: boolean;
}): Output => ({
  say: (line = "") => {
    if (!json) process.stdout.write(`${line}\n`);
  },
  note: (line) => {
    if (!quiet) process.stderr.write(`${line}\n`);
  },
  result: (value) => {
    if (json) process.stdout.write(`${JSON.stringify(value)}\n`);
  },
  progress: !quiet,
});
