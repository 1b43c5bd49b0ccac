import { naming } from "@nonmarkov/files/node";
import { open, realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, sep } from "node:path";
import { reject } from "./fault.ts";

/** Reads all of a plain file; `check` sees its size first. */
export const readPlain = (
  path: string,
  what: string,
  check: (size: number) => void,
): Promise<Uint8Array<ArrayBuffer>> =>
  naming(path, what, async () => {
    // a pipe would be waited for
    if (!(await stat(path)).isFile()) reject(path, what, "no plain file", "name a file");
    const handle = await open(path, "r");
    try {
      const { size } = await handle.stat();
      check(size);
      const bytes = new Uint8Array(size);
      for (let at = 0; at < size;) {
        const { bytesRead } = await handle.read(bytes, at, Math.min(size - at, 2 ** 30), at);
        if (bytesRead === 0) reject(path, what, "a file that is getting shorter", "read it when nobody writes it");
        at += bytesRead;
      }
      return bytes;
    } finally {
      await handle.close();
    }
  });

/**
 * Where a file is that a model names: beside the model or in a folder there, also after symbolic links.
 * @throws FormatError for every other place
 */
export const partPath = (model: string, part: string): Promise<string> =>
  naming(join(dirname(model), part), `must be a part of ${model}`, async () => {
    const steps = part.split(/[/\\]/);
    const safe = part !== "" && !isAbsolute(part) && !/^[A-Za-z]:/.test(part) && !part.includes("\0");
    if (!safe || steps.includes(".."))
      reject(model, "must name weight files inside its own folder", JSON.stringify(part), "do not trust this model");
    const folder = await realpath(dirname(model));
    const path = await realpath(join(folder, part));
    if (!path.startsWith(folder.endsWith(sep) ? folder : folder + sep))
      reject(
        model,
        "must have its weight files inside its own folder",
        `${part}, a link to elsewhere`,
        "copy the file there",
      );
    return path;
  });
