import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { type Spread, spread } from "../spread.ts";
import { cases, flops } from "./cases.ts";
import { multiplyAddPeak } from "./peak.ts";
import { type Peer, startPeer } from "./peer.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Versions of Node to measure: this one, and those that BENCH_NODES names, separated by commas. */
const nodes = (): readonly string[] => [
  process.execPath,
  ...(process.env["BENCH_NODES"] ?? "").split(",").filter((path) => path !== ""),
];

const majorOf = (node: string): string =>
  execFileSync(node, ["-p", "process.versions.node.split('.')[0]"], { encoding: "utf8" }).trim();

/** Our engine in each Node with one and two threads, tfjs's wasm backend, PyTorch and ONNX Runtime. */
const start = (): readonly (Peer & { readonly threads: number })[] => {
  const python = process.env["BENCH_PYTHON"] ?? "python3";
  const own = nodes().flatMap((node) =>
    [1, 2].map((threads) => ({
      ...startPeer(`nonmarkov node${majorOf(node)} x${threads}`, node, [
        "--import",
        "tsx",
        here("enginePeer.ts"),
        `${threads}`,
      ]),
      threads,
    })),
  );
  const newest = nodes().at(-1)!;
  const stock = startPeer("tfjs-wasm", newest, ["--import", "tsx", here("enginePeer.ts"), "1", "wasm"]);
  const others = [1, 2].flatMap((threads) => [
    { ...startPeer(`torch x${threads}`, python, [here("../peers/torch_peer.py")]), threads },
    { ...startPeer(`onnx x${threads}`, python, [here("../peers/onnx_peer.py")]), threads },
  ]);
  return [...own, { ...stock, threads: 1 }, ...others];
};

type Row = {
  readonly peer: string;
  readonly ms?: Spread;
  readonly peakMiB?: number;
  readonly gflops?: number;
  readonly version?: string;
  readonly how?: string;
  readonly error?: string;
};

const rounds = Number(process.env["BENCH_ROUNDS"] ?? 5);

/** tfjs's wasm backend has no gradients of convolutions; what takes it minutes is left out. */
const measured = (peer: Peer, name: string): boolean => !(peer.name === "tfjs-wasm" && /train|grads/.test(name));

/** All peers on one case, one after the other in each round. */
const measure = async (
  peers: readonly (Peer & { readonly threads: number })[],
  name: string,
): Promise<readonly Row[]> => {
  const seconds = new Map<string, number[]>();
  const rows = new Map<string, Row>();
  for (let round = 0; round < rounds; round++)
    for (const peer of peers) {
      if (!measured(peer, name) || rows.get(peer.name)?.error !== undefined) continue;
      const known = seconds.get(peer.name) ?? [];
      const repeats = known.length > 0 && known[0]! < 0.05 ? 9 : 1;
      const reply = await peer.ask({ case: name, threads: peer.threads, repeats });
      seconds.set(peer.name, [...known, ...(reply.seconds ?? [])]);
      const how = [reply.layout, reply.mode].filter((part) => part !== undefined).join(", ");
      rows.set(peer.name, {
        peer: peer.name,
        ...(reply.peak_rss_kb === undefined ? {} : { peakMiB: Math.round(reply.peak_rss_kb / 1024) }),
        ...(reply.version === undefined ? {} : { version: reply.version }),
        ...(how === "" ? {} : { how }),
        ...(reply.error === undefined ? {} : { error: reply.error }),
      });
    }
  return [...rows.values()].map((row) => {
    const times = seconds.get(row.peer)!;
    if (row.error !== undefined || times.length === 0) return row;
    const ms = spread(times.map((s) => s * 1000));
    return { ...row, ms, ...(flops[name] === undefined ? {} : { gflops: flops[name]! / ms.median / 1e6 }) };
  });
};

/** How many times as fast as each other peer our engine is, by medians, for its newest Node. */
const ratios = (rows: readonly Row[], own: string): Readonly<Record<string, number>> => {
  const ours = rows.find(({ peer }) => peer === own)?.ms?.median;
  return Object.fromEntries(
    rows.flatMap(({ peer, ms }) =>
      ours === undefined || ms === undefined || peer === own ? [] : [[peer, Number((ms.median / ours).toFixed(3))]],
    ),
  );
};

/** Our engine beside what people would use instead, on the cases that BENCH_CASES names, or all. */
export const engine = async (): Promise<object> => {
  const wanted = process.env["BENCH_CASES"]?.split(",") ?? Object.keys(cases);
  const peers = start();
  const results: Record<string, object> = {};
  try {
    for (const name of wanted) {
      const rows = await measure(peers, name);
      const own = `nonmarkov node${majorOf(nodes().at(-1)!)} x2`;
      results[name] = { rows, [`${own} is faster by`]: ratios(rows, own) };
      console.log(name);
      for (const { peer, ms, gflops, error } of rows)
        console.log(
          `  ${peer.padEnd(24)} ${error ?? `${ms!.median.toFixed(2).padStart(9)} ms (${ms!.min.toFixed(2)}..${ms!.max.toFixed(2)})${gflops === undefined ? "" : `  ${gflops.toFixed(0)} GFLOP/s`}`}`,
        );
      console.log(`  faster by ${JSON.stringify(ratios(rows, own))}`);
    }
  } finally {
    for (const peer of peers) peer.stop();
  }
  const peak = await multiplyAddPeak();
  return {
    cores: cpus().length,
    peakOfOneCore: { what: "128-bit multiply-adds in this Node", gflops: peak / 1e9 },
    rounds,
    results,
  };
};
