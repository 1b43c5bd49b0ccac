import { normalTensor, type Tree } from "@nonmarkov/autodiff";
import { foldIn, key } from "@nonmarkov/random";
import { jit } from "@nonmarkov/engine";
import type { ContractCase } from "../contractCase.ts";

const noise = (name: string, make: () => Tree): ContractCase => ({
  area: "noise",
  name,
  bound: 0,
  ways: { "kernel by kernel": make, recorded: jit(make) },
});

/** Noise, which has the same bits everywhere. */
export const noiseCases: readonly ContractCase[] = [
  noise("of a batch of 133", () => normalTensor(key(1), [133, 7, 5, 3])),
  noise("of one row", () => normalTensor(key(2), [1, 7], 131)),
  noise("of single numbers", () => normalTensor(foldIn(key(3), -1), [133])),
  noise("of long rows", () => normalTensor(key(4), [3, 4099], 2 ** 31)),
];
