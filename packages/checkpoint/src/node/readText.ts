import { FormatError } from "@nonmarkov/files";
import { naming } from "@nonmarkov/files/node";
import { readFile, stat } from "node:fs/promises";

/** More than any description of a model has, and little enough to be held and parsed at once. */
const MAX_BYTES = 2 ** 26;

/**
 * Reads a text that somebody else wrote and that cannot be long, such as a configuration.
 * @throws FormatError if the file is larger than 64 MiB
 * @throws FileError if it cannot be read
 */
export const readText = (path: string): Promise<string> =>
  naming(path, "must be a readable file", async () => {
    const { size } = await stat(path);
    if (size <= MAX_BYTES) return readFile(path, "utf8");
    throw new FormatError({
      where: path,
      what: `must be a text of at most ${MAX_BYTES} bytes`,
      found: `${size}`,
      fix: "mend the file, or copy it anew",
    });
  });
