import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { type Spread, spread } from "../spread.ts";
import { cases, flops } from "./cases.ts";
import { type Peer, startPeer } from "./peer.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Versions of Node to measure: this one, and those that BENCH_NODES names, separated by commas. */
const nodes = (): readonly string[] => [
  process.execPath,
  ...(process.env["BENCH_NODES"] ?? "").split(",").filter((path) => path !== ""),
];

const majorOf = (node: string): string =>
  execFileSync(node, ["-p", "process.versions.node.split('.')[0]"], { encoding: "utf8" }).trim();

type Threaded = Peer & { readonly threads: number };

/** Our engine in each Node, on one and two threads, and tfjs's wasm backend. A process of its own for each case, for its peak. */
const startOwn = (): readonly Threaded[] => {
  const run = ["--import", "tsx", here("enginePeer.ts")];
  const own = nodes().flatMap((node) =>
    [1, 2].map((threads) => ({
      ...startPeer(`nonmarkov node${majorOf(node)} x${threads}`, node, [...run, `${threads}`]),
      threads,
    })),
  );
  return [...own, { ...startPeer("tfjs-wasm", nodes().at(-1)!, [...run, "1", "wasm"]), threads: 1 }];
};

/** Oldest instruction set that has 256-bit multiply-adds, for comparison with processors that have no more. */
const avx2 = { ATEN_CPU_CAPABILITY: "avx2", ONEDNN_MAX_CPU_ISA: "AVX2", DNNL_MAX_CPU_ISA: "AVX2" };

/**
 * PyTorch and ONNX Runtime on two threads. BENCH_PYTHONS names interpreters, as "debian=python3,pip=venv/bin/python"; the last
 * of them runs ONNX Runtime, and the first one PyTorch once more without AVX-512.
 */
const startOthers = (): readonly Threaded[] => {
  const pythons = (process.env["BENCH_PYTHONS"] ?? "torch=python3")
    .split(",")
    .map((pair) => pair.split("=") as [string, string]);
  const torch = [here("../peers/torch_peer.py")];
  const peers = [
    ...pythons.map(([name, python]) => startPeer(`torch ${name} x2`, python, torch)),
    startPeer(`torch ${pythons[0]![0]} avx2 x2`, pythons[0]![1], torch, avx2),
    startPeer("onnx x2", pythons.at(-1)![1], [here("../peers/onnx_peer.py")]),
  ];
  return peers.map((peer) => ({ ...peer, threads: 2 }));
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

/** What the peers were fastest with on each case, where they have been tried out; else they try everything first. */
const fastest: Readonly<Record<string, { readonly layout: string; readonly mode?: string }>> = {
  cifar_forward_b1: { layout: "contiguous", mode: "optimized" },
  cifar_forward_b8: { layout: "channels_last", mode: "frozen" },
  cifar_train_b8: { layout: "channels_last" },
  mnist_forward_b64: { layout: "channels_last", mode: "frozen" },
  mnist_train_b64: { layout: "channels_last" },
  mlp_forward_b1024: { layout: "contiguous", mode: "frozen" },
  mlp_train_b1024: { layout: "contiguous" },
  mlp_ddim50_b1024: { layout: "contiguous", mode: "frozen" },
  conv3x3_c128_32_b8: { layout: "channels_last", mode: "eager" },
  conv3x3_grads_c128_32_b8: { layout: "channels_last", mode: "eager" },
};

/** Long enough for the threads of the peer before to fall asleep. */
const rest = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 300));

/** tfjs's wasm backend has no gradients of convolutions; what takes it minutes is left out. */
const measured = (peer: Peer, name: string): boolean =>
  !(peer.name === "tfjs-wasm" && /train|grads|cifar_forward_b8/.test(name)) &&
  !(/ x1$/.test(peer.name) && /train|ddim/.test(name));

/** All peers on one case, one after the other in each round. */
const measure = async (peers: readonly Threaded[], name: string): Promise<readonly Row[]> => {
  const seconds = new Map<string, number[]>();
  const rows = new Map<string, Row>();
  for (let round = 0; round < rounds; round++)
    for (const peer of peers) {
      if (!measured(peer, name) || rows.get(peer.name)?.error !== undefined) continue;
      const known = seconds.get(peer.name) ?? [];
      const how = peer.name.startsWith("torch") ? fastest[name] : undefined;
      if (round === 0) await peer.ask({ case: name, threads: peer.threads, repeats: 1, ...how }); // warms up
      const repeats = known.length > 0 && known[0]! < 0.05 ? 9 : 2;
      await rest();
      const reply = await peer.ask({ case: name, threads: peer.threads, repeats, ...how });
      seconds.set(peer.name, [...known, ...(reply.seconds ?? [])]);
      const way = [reply.layout, reply.mode].filter((part) => part !== undefined).join(", ");
      rows.set(peer.name, {
        peer: peer.name,
        ...(reply.peak_rss_kb === undefined ? {} : { peakMiB: Math.round(reply.peak_rss_kb / 1024) }),
        ...(reply.version === undefined ? {} : { version: reply.version }),
        ...(way === "" ? {} : { how: way }),
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
  const others = startOthers();
  const results: Record<string, object> = {};
  try {
    for (const name of wanted) {
      const ours = startOwn();
      const rows = await measure([...ours, ...others], name);
      for (const peer of ours) peer.stop();
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
    for (const peer of others) peer.stop();
  }
  return { cores: cpus().length, rounds, results };
};
