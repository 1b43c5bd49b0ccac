import { FormatError } from "@nonmarkov/files";
import { naming } from "@nonmarkov/files/node";
import { realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, sep } from "node:path";

/** One name of a file or folder: no path, no drive, nothing that leads elsewhere. */
const isPlain = (name: string): boolean => name !== "" && name !== "." && name !== ".." && !/[/\\:\0]/.test(name);

const isWithin = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
};

/**
 * Where the cache of the Hugging Face hub keeps the contents of a folder: `<model>/snapshots/<revision>/...` holds links to
 * files of `<model>/blobs`.
 */
const blobsOf = (folder: string): string | undefined => {
  const parts = folder.split(sep);
  const at = parts.lastIndexOf("snapshots");
  return at < 1 || at === parts.length - 1 ? undefined : join(parts.slice(0, at).join(sep) || sep, "blobs");
};

/**
 * The path of a file below a folder, for names that were read from somewhere: each must be a plain name, and links must not
 * lead out of the folder, but for those of the Hugging Face cache to its own files.
 * @param names of the folders on the way, and of the file
 * @throws FormatError if a name is a path, or leads out of the folder, or to something that is no file
 * @throws FileError if there is no such file
 */
export const insideFolder = async (folder: string, ...names: readonly [string, ...string[]]): Promise<string> => {
  const refuse = (what: string, found: string): never => {
    throw new FormatError({
      where: folder,
      what,
      found,
      fix: "use files from a source that you trust, or copy it anew",
    });
  };
  const bad = names.find((name) => !isPlain(name));
  if (bad !== undefined) refuse("files must be named by plain names, without folders", shortened(bad));
  const path = join(folder, ...names);
  return naming(path, "must be a readable file", async () => {
    const [root, real] = [await realpath(folder), await realpath(path)];
    if (!isWithin(root, real) && dirname(real) !== blobsOf(root))
      refuse(`"${names.join("/")}" must lie in the folder`, `a link to ${real}`);
    if (!(await stat(real)).isFile()) refuse(`"${names.join("/")}" must be a file`, "something else");
    return path;
  });
};

const shortened = (name: string): string => JSON.stringify(name.length > 80 ? `${name.slice(0, 77)}...` : name);
