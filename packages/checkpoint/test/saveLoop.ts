import { saveCheckpoint } from "../src/node/index.ts";

/** Saves checkpoint after checkpoint and prints each step once it is saved: a child process to be killed. */
const [dir, first] = [process.argv[2]!, Number(process.argv[3])];
for (let step = first; ; step++) {
  const filled = (length: number) =>
    [["w", { dtype: "F32", shape: [length], data: new Float32Array(length).fill(step) }]] as const;
  const trees = { params: filled(3000), ema: filled(3000), optimizer: filled(9000) };
  await saveCheckpoint(dir, { step, key: [0, step], trees, meta: { step } }, { keep: 1 });
  process.stdout.write(`${step}\n`);
}
