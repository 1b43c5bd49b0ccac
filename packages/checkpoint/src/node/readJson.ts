import { FormatError } from "@nonmarkov/files";
import { duplicateKey } from "../duplicateKey.ts";
import { parseJson, type Parse } from "./json.ts";
import { readText } from "./readText.ts";

/**
 * Reads a JSON file that somebody else wrote, and checks it.
 * @param parse checks the value and gives it its type, or throws
 * @throws FormatError if the file is larger than 64 MiB, is not JSON, names a field twice, or `parse` throws
 * @throws FileError if it cannot be read
 */
export const readJson = async <T>(path: string, parse: Parse<T>): Promise<T> => {
  const fix = "mend the file, or copy it anew";
  const text = await readText(path);
  const checked = (value: unknown): T => {
    const twice = duplicateKey(text);
    if (twice === undefined) return parse(value);
    throw new FormatError({ where: path, what: "must not name anything twice", found: JSON.stringify(twice), fix });
  };
  return parseJson(text, path, checked, fix);
};
