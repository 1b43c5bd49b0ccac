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
