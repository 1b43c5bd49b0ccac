import { evaluationsOf, type Table } from "@nonmarkov/samplers";
import type { Drawn } from "./draw-with-progress.ts";
import { duration } from "./duration.ts";
import type { Output } from "./output.ts";
import { writeSamples } from "./write-samples.ts";

/** What was drawn, and where it goes. */
export type DrawnOptions = Parameters<typeof writeSamples>[1] & { readonly n: number; readonly seed: number };

/**
 * Writes what a table has drawn, and tells of it: people in one line, machines with what else there is to say.
 * @param what how the line calls it: "samples"
 */
export const writeDrawn = async (
  { rows, seconds }: Drawn,
  table: Table,
  options: DrawnOptions,
  out: Output,
  { what, ...about }: { readonly what: string } & Readonly<Record<string, unknown>>,
): Promise<void> => {
  await writeSamples(rows, options);
  const { n, seed, tensors } = options;
  const evaluations = evaluationsOf(table);
  out.say(`${options.out}: ${n} ${what} by ${table.name}, ${evaluations} network evaluations, ${duration(seconds)}`);
  out.result({
    out: options.out,
    ...(tensors === undefined ? {} : { tensors }),
    ...about,
    sampler: table.name,
    evaluations,
    n,
    seed,
    seconds,
  });
};
