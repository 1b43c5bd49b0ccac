import asc from "assemblyscript/asc";

const source = (relaxed: boolean): string => {
  const lanes = Array.from({ length: 12 }, (_, i) => `a${i}`);
  const step = (a: string): string =>
    relaxed ? `${a} = f32x4.relaxed_madd(x, y, ${a});` : `${a} = f32x4.add(f32x4.mul(x, y), ${a});`;
  return `export function peak(n: i32, u: f32): f32 {
    const x = f32x4.splat(u), y = f32x4.splat(0.5);
    ${lanes.map((a) => `let ${a} = f32x4.splat(u);`).join("\n")}
    for (let i = 0; i < n; i++) { ${lanes.map(step).join("\n")} }
    return f32x4.extract_lane(${lanes.reduce((sum, a) => `f32x4.add(${sum}, ${a})`)}, 0);
  }`;
};

/** The most multiply-adds of 128 bits that a core does here, in FLOP/s: independent chains, no memory. */
export const multiplyAddPeak = async (): Promise<number> => {
  const one = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0];
  const probe = new Uint8Array([...one, 65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11]);
  const relaxed = WebAssembly.validate(probe);
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const flags = ["-O3", "--runtime", "stub", "--enable", "simd", ...(relaxed ? ["--enable", "relaxed-simd"] : [])];
  const { error } = await asc.main(["peak.ts", ...flags, "-o", "peak.wasm"], {
    readFile: (name) => (name === "peak.ts" ? source(relaxed) : null),
    writeFile: (_name, contents) => void (binary = contents as Uint8Array<ArrayBuffer>),
    listFiles: () => [],
  });
  if (error) throw error;
  const { instance } = await WebAssembly.instantiate(binary!);
  const peak = instance.exports["peak"] as (n: number, u: number) => number;
  const n = 4e6;
  let best = Infinity;
  for (let i = 0; i < 9; i++) {
    const begin = performance.now();
    peak(n, 0.5);
    best = Math.min(best, performance.now() - begin);
  }
  return (n * 12 * 8) / (best / 1000);
};
