import { unetToOnnx } from "@nonmarkov/adapters";
import type { Tensor } from "@nonmarkov/autodiff";
import type { UnetTree } from "@nonmarkov/nets";
import type { ExportOptions } from "../commands/export.ts";
import { UsageError } from "../errors.ts";
import type { Output } from "../output.ts";
import { openRun } from "../trained.ts";
import { withTrained } from "../with-trained.ts";
import { refuseExisting, writeResult } from "../write-result.ts";

/** `nonmarkov export --onnx`. */
export const exportOnnx = async (
  dir: string,
  options: ExportOptions & { readonly onnx: string },
  out: Output,
): Promise<void> => {
  refuseExisting(options.onnx, options.force);
  const run = await openRun(dir);
  const { kind, ...config } = run.config.net;
  if (kind !== "unet") throw new UsageError(`--onnx: writes U-Nets only, the network of ${dir} is an ${kind}`);
  await withTrained(run, options, out, async ({ params, step }) => {
    const { layout } = options;
    const file = await unetToOnnx(
      config as Parameters<typeof unetToOnnx>[0],
      params as unknown as UnetTree<Tensor>, // read for this very configuration
      layout === undefined ? {} : { layout },
    );
    await writeResult(options.onnx, file);
    const { schedule, prediction } = run.config;
    out.say(
      `${options.onnx}: ${(file.length / 1e6).toFixed(2)} MB at step ${step}; to sample: ` +
        `nonmarkov sample --model ${options.onnx} --schedule ${schedule} --prediction ${prediction} --time-base 1` +
        `${layout === undefined ? "" : ` --layout ${layout}`} --out samples.png`,
    );
    out.result({ out: options.onnx, run: dir, step, bytes: file.length, schedule, prediction });
  });
};
