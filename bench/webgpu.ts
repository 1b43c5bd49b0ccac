import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Spread, spread } from "./spread.ts";

type Row = (Spread & { readonly js: number; readonly warmUp: number }) | { readonly error: string };
type Peer = {
  readonly why: string;
  readonly features: readonly string[];
  readonly rows: Readonly<Record<string, Row>>;
};

const rounds = 2;

/** Software renderings draw a small network: the large one would take them minutes. */
const isSoftware = (why: string): boolean => /swiftshader|llvmpipe|lavapipe|software/i.test(why);

/**
 * Our WebGPU engine against tfjs's backend as it is published, in turns, each in a process of its own; and what the recorded
 * CIFAR-10 U-Net consists of. On a machine with a GPU use bench/bundle, which has PyTorch beside them.
 */
export const webgpu = async (): Promise<object> => {
  const folder = mkdtempSync(join(tmpdir(), "webgpu-"));
  const run = <T>(script: string, ...args: readonly string[]): T => {
    const out = join(folder, "out.json");
    const path = fileURLToPath(new URL(`./gpu/${script}.ts`, import.meta.url));
    execFileSync(process.execPath, ["--import", "tsx", path, out, ...args], { stdio: ["ignore", "ignore", "inherit"] });
    return JSON.parse(readFileSync(out, "utf8")) as T;
  };
  try {
    const { why, features } = run<Peer>("webgpuPeer", "tiny", "ours", "forward_b1");
    const size = isSoftware(why) ? "tiny" : "cifar";
    const peers = Array.from({ length: rounds }, () => ({
      ours: run<Peer>("webgpuPeer", size, "ours"),
      stock: run<Peer>("webgpuPeer", size, "stock"),
    }));
    const rows = Object.keys(peers[0]!.ours.rows).map((name) => {
      const of = (who: "ours" | "stock"): readonly Row[] => peers.map((round) => round[who].rows[name]!);
      const failed = [...of("ours"), ...of("stock")].find((row) => "error" in row);
      if (failed !== undefined) return { name, ...failed };
      const [ours, stock] = (["ours", "stock"] as const).map((who) =>
        spread(of(who).map((row) => (row as Spread).median)),
      );
      const js = spread(of("ours").map((row) => (row as { readonly js: number }).js)).median;
      return { name, ours, stock, ratio: stock!.median / ours!.median, jsMilliseconds: js };
    });
    return {
      what: `milliseconds; ${size === "cifar" ? "the CIFAR-10 U-Net of Ho et al." : "a tiny U-Net, on a software rendering: no figure of a GPU"}`,
      ...{ adapter: why, features, rows, cifar: run<object>("countsPeer"), host: run<object>("hostPeer") },
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
