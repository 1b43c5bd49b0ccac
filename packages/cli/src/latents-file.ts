import { encodeSafetensors, toFloat32 } from "@nonmarkov/checkpoint";
import { FormatError } from "@nonmarkov/files";
import { readSafetensors } from "@nonmarkov/checkpoint/node";
import type { Rows } from "./pictures/rows.ts";

/** What encode writes and decode reads. */
export type Latents = {
  readonly latents: Rows;
  /** What was encoded; missing in files from elsewhere. */
  readonly x0?: Rows;
  /** The classes, where the network is told them. */
  readonly labels?: Int32Array;
};

/** The bytes of a latents file. */
export const latentsFile = (
  { latents, x0, labels }: Latents,
  metadata: Readonly<Record<string, string>>,
): Uint8Array => {
  const tensor = ({ n, shape, data }: Rows) => ({ dtype: "F32", shape: [n, ...shape], data }) as const;
  return encodeSafetensors(
    [
      ["latents", tensor(latents)],
      ...(x0 === undefined ? [] : [["x0", tensor(x0)] as const]),
      ...(labels === undefined ? [] : [["labels", { dtype: "I32", shape: [labels.length], data: labels }] as const]),
    ],
    metadata,
  );
};

/**
 * Reads a latents file.
 * @throws FormatError if it is no safetensors file, has no tensor latents, or their shape is not the run's
 */
export const readLatents = async (path: string, shape: readonly number[]): Promise<Latents> => {
  const tensors = new Map((await readSafetensors(path)).tensors);
  const wrong = (what: string, found: string) =>
    new FormatError({ where: path, what, found, fix: "make it with nonmarkov encode, from the same run" });
  const rows = (name: string, n?: number): Rows | undefined => {
    const tensor = tensors.get(name);
    if (tensor === undefined) return undefined;
    const [count = 0, ...rest] = tensor.shape;
    if (rest.join() !== shape.join() || count < 1 || (n !== undefined && count !== n))
      throw wrong(`${name} must have the shape [${n ?? "n"}, ${shape.join(", ")}]`, `[${tensor.shape.join(", ")}]`);
    return { n: count, shape, data: toFloat32(tensor) };
  };
  const latents = rows("latents");
  if (latents === undefined) throw wrong("must hold a tensor latents", [...tensors.keys()].join(", ") || "none");
  const x0 = rows("x0", latents.n);
  const labels = tensors.get("labels");
  if (labels !== undefined && (labels.dtype !== "I32" || labels.shape.join() !== String(latents.n)))
    throw wrong(`labels must be I32 of shape [${latents.n}]`, `${labels.dtype} [${labels.shape.join(", ")}]`);
  return {
    latents,
    ...(x0 === undefined ? {} : { x0 }),
    ...(labels === undefined ? {} : { labels: labels.data as Int32Array }),
  };
};
