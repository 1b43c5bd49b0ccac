import { FormatError } from "@nonmarkov/files";

/** Rejects a file. @throws FormatError always */
export const reject = (where: string, what: string, found: string, fix = "convert the model again"): never => {
  throw new FormatError({ where, what, found, fix });
};
