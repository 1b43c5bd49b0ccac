import { reject } from "./fault.ts";
import type { ModelJson, WeightSpec } from "./modelJson.ts";
import { partPath, readPlain } from "./readPart.ts";

/** A model's weights as TensorFlow.js takes them. */
export type WeightParts = { readonly weightSpecs: readonly WeightSpec[]; readonly weightData: ArrayBuffer };

const bytesOf = { float32: 4, int32: 4, bool: 1, complex64: 8, uint8: 1, uint16: 2, float16: 2 } as const;

/** Bytes of a weight in its file. */
const storedBytes = (path: string, { name, shape, dtype, quantization }: WeightSpec): number => {
  if (dtype === "string") return reject(path, "must hold numbers", `the strings ${name}`, "take a model without text");
  const bytes = shape.reduce((product, n) => product * n, bytesOf[quantization?.dtype ?? dtype]);
  return Number.isSafeInteger(bytes)
    ? bytes
    : reject(path, "weights must have a size", `${name}: [${shape.join(", ")}]`);
};

/**
 * Reads the weights that a model.json names, after checking the files' sizes.
 * @throws FileError, FormatError if a file is elsewhere, missing, or of another size than the model says
 */
export const readWeights = async (path: string, { weightsManifest = [] }: ModelJson): Promise<WeightParts> => {
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const seen = new Set<string>();
  for (const { name } of weightSpecs) {
    if (seen.has(name)) reject(path, "must name each weight once", `${name} twice`);
    seen.add(name);
  }
  const pieces: Uint8Array[] = [];
  for (const { paths, weights } of weightsManifest) {
    const wanted = weights.reduce((sum, spec) => sum + storedBytes(path, spec), 0);
    let left = wanted;
    for (const part of paths) {
      const bytes = await readPlain(await partPath(path, part), `must be a part of ${path}`, (size) => {
        if (size > left)
          reject(
            path,
            `${paths.join(", ")} must hold ${wanted} bytes together`,
            `${size - left} more`,
            "restore the files",
          );
      });
      left -= bytes.length;
      pieces.push(bytes);
    }
    if (left > 0)
      reject(path, `${paths.join(", ")} must hold ${wanted} bytes together`, `${left} less`, "restore the files");
  }
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return { weightSpecs, weightData: all.buffer };
};
