/** What is wrong with a file, in parts: every one of them is in the message too. */
export type Fault = {
  /** The file, and the place in it. */
  readonly where: string;
  /** What must hold. */
  readonly what: string;
  /** What was found instead. */
  readonly found: string;
  /** What to do about it. */
  readonly fix: string;
};

const sentence = ({ where, what, found, fix }: Fault): string => `${where}: ${what}, got ${found}; ${fix}`;

/** A file or folder is not what it must be: missing, cut short, lying about its sizes, of another format. */
export class FormatError extends Error {
  /** "FormatError", which tells the class where instanceof cannot: across bundles and processes. */
  override readonly name = "FormatError";
  /** The file, and the place in it. */
  readonly where: string;
  /** What must hold. */
  readonly what: string;
  /** What was found instead. */
  readonly found: string;
  /** What to do about it. */
  readonly fix: string;
  /** @param fault the message's parts */
  constructor(fault: Fault, options?: ErrorOptions) {
    super(sentence(fault), options);
    this.where = fault.where;
    this.what = fault.what;
    this.found = fault.found;
    this.fix = fault.fix;
  }
}

/** A download failed at every mirror. */
export class DownloadError extends Error {
  /** "DownloadError", which tells the class where instanceof cannot: across bundles and processes. */
  override readonly name = "DownloadError";
  /** The file that was wanted. */
  readonly where: string;
  /** What went wrong at each attempt, in order. */
  readonly attempts: readonly string[];
  /** @param attempts what went wrong at each attempt, in order */
  constructor(where: string, attempts: readonly string[]) {
    super(
      `${where}: must be downloaded from one of the mirrors, got ${attempts.join("; ")}; ` +
        "check the network, or download the files yourself and name their folder",
    );
    this.where = where;
    this.attempts = attempts;
  }
}
