import { FormatError } from "@nonmarkov/files";
import { systemCode } from "@nonmarkov/files/node";

/** Reads from a path; what the system refuses comes out as a FormatError that names the path. */
export const reading = async <T>(where: string, run: () => Promise<T>): Promise<T> => {
  try {
    return await run();
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    const found = code === "ENOENT" ? "nothing there" : (error as Error).message;
    throw new FormatError({ where, what: "must be readable", found, fix: "check the path" }, { cause: error });
  }
};
