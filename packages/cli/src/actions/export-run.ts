import type { ExportOptions } from "../commands/export.ts";
import { UsageError } from "../errors.ts";
import type { Output } from "../output.ts";
import { exportModel } from "./export.ts";
import { exportOnnx } from "./export-onnx.ts";

/** `nonmarkov export`. */
export const exportRun = (dir: string, options: ExportOptions, out: Output): Promise<void> => {
  const { out: folder, onnx, layout } = options;
  if (folder !== undefined && onnx === undefined) {
    if (layout !== undefined) throw new UsageError("--layout: belongs to --onnx; leave it out");
    return exportModel(dir, { ...options, out: folder }, out);
  }
  if (folder === undefined && onnx !== undefined) return exportOnnx(dir, { ...options, onnx }, out);
  throw new UsageError("export needs --out, for a model folder, or --onnx, for an ONNX file: one of them");
};
