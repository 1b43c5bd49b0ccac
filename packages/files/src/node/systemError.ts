import { FileError, FormatError } from "../errors.ts";

const fixes: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full: free some space, or write elsewhere",
  EDQUOT: "your disk quota is used up: free some space, or write elsewhere",
  EEXIST: "choose another name, or ask to replace it",
  ENOENT: "check the path",
  ENOTDIR: "a part of the path is a file: choose another path",
  EISDIR: "this is a folder: choose a file's path",
  EACCES: "you lack the rights: choose another place, or change them",
  EPERM: "the system forbids it: choose another place",
  EROFS: "the disk can only be read: write elsewhere",
  EMFILE: "too many files are open: close some, or raise the limit",
};

/** The code of an error of the system, such as "ENOENT"; undefined for other errors. */
export const systemCode = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" && /^E[A-Z0-9]+$/.test(error.code)
    ? error.code
    : undefined;

/** Runs file operations on a path; an error of the system comes out as a FileError that names the path and what to do. */
export const naming = async <T>(where: string, what: string, run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined || error instanceof FileError || error instanceof FormatError) throw error;
    const fix = fixes[code] ?? "see the system's documentation of this code";
    throw new FileError(code, { where, what, found: (error as Error).message, fix }, { cause: error });
  }
};
