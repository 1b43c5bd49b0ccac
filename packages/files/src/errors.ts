/** What is wrong with a file, in parts: every one of them is in the message too. */
export type Fault = {
  /** The file, and the place in it (a tensor, a line, a field). */
  readonly where: string;
  /** What must hold. */
  readonly what: string;
  /** What was found instead. */
  readonly found: string;
  /** What to do about it. */
  readonly fix: string;
};

const sentence = ({ where, what, found, fix }: Fault): string => `${where}: ${what}, got ${found}; ${fix}`;

/** A file is not what it must be: cut short, lying about its sizes, of another format. Nothing was taken from it. */
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

/** The system refused to read or write a file or folder: a full disk, a folder that exists, missing rights. */
export class FileError extends Error {
  /** "FileError", which tells the class where instanceof cannot: across bundles and processes. */
  override readonly name = "FileError";
  /** The file or folder. */
  readonly where: string;
  /** The system's code, such as "ENOSPC" (disk full), "EEXIST" (exists already), "ENOENT" (is not there). */
  readonly code: string;
  /** What to do about it. */
  readonly fix: string;
  /** @param code the system's code */
  constructor(code: string, fault: Fault, options?: ErrorOptions) {
    super(sentence(fault), options);
    this.code = code;
    this.where = fault.where;
    this.fix = fault.fix;
  }
}
