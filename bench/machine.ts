import { readFileSync } from "node:fs";
import { arch, cpus, platform, totalmem } from "node:os";

/** What a result was measured on, to be kept with it. */
export type Machine = {
  readonly date: string;
  readonly node: string;
  readonly v8: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly tfjs: string;
};

export const machine = (): Machine => ({
  date: new Date().toISOString().slice(0, 10),
  node: process.versions.node,
  v8: process.versions.v8,
  platform: `${platform()} ${arch()}`,
  cpu: cpus()[0]?.model.trim() ?? "unknown",
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  tfjs: (
    JSON.parse(
      readFileSync(new URL("../node_modules/@tensorflow/tfjs-core/package.json", import.meta.url), "utf8"),
    ) as { version: string }
  ).version,
});
