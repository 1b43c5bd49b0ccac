import { encodeSafetensors } from "@nonmarkov/checkpoint";
import { picture } from "./pictures/picture.ts";
import { png } from "./pictures/png.ts";
import type { Rows } from "./pictures/rows.ts";
import { writeResult } from "./write-result.ts";

/** Samples as the bytes of a safetensors file: one tensor samples [n, ...shape], float32. */
const samplesFile = ({ n, shape, data }: Rows): Uint8Array =>
  encodeSafetensors([["samples", { dtype: "F32", shape: [n, ...shape], data }]]);

/** Writes samples as a picture and, where asked for, as safetensors. */
export const writeSamples = async (
  rows: Rows,
  {
    out,
    tensors,
    ...grid
  }: { readonly out: string; readonly tensors?: string; readonly columns?: number; readonly scale?: number },
): Promise<void> => {
  const image = png(picture(rows, grid));
  if (tensors !== undefined) await writeResult(tensors, samplesFile(rows));
  await writeResult(out, image);
};
