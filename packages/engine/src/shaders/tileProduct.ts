import type { Loader } from "./loader.ts";
import type { Tile } from "./tile.ts";
import { type TileMemory, tileMemory } from "./tileMemory.ts";
import { indent, range } from "./wgslText.ts";

type Along = Loader["along"];

const component = (k: number): string => "xyzw"[k % 4]!;

const block = (statements: readonly string[]): string => `{\n${indent(statements.join("\n"))}\n}`;

/** Declares the thread's a's: along depth one of four k's for every row, along the side one of every four rows. */
const readA = (memory: TileMemory, along: Along, level: number): readonly string[] => {
  const fours = memory.groups / 4;
  return range(memory.groups).map((group) => {
    // along depth groups are ordered by the index among four rows
    const name = along === "depth" ? (group % fours) * 4 + Math.floor(group / fours) : group;
    return `let a${name} = ${memory.own(level, group)};`;
  });
};

/** Declares four columns' numbers of four k's, one `t` for each column. */
const readTurned = (memory: TileMemory, level: number, j: number): readonly string[] =>
  range(4).map((i) => `let t${4 * j + i} = ${memory.own(level, (i * memory.groups) / 4 + j)};`);

/** What `t`s have of a k. */
const turned = (k: number, j: number): string =>
  `vec4<f32>(${range(4)
    .map((i) => `t${4 * j + i}.${component(k)}`)
    .join(", ")})`;

/** Multiplies all rows of a k with four columns: `c${row}_${j}`. */
const multiply = (tile: Tile, alongA: Along, k: number, j: number): readonly string[] =>
  range(tile.threadRows).map((r) => {
    const factor = alongA === "depth" ? `a${r}.${component(k)}` : `a${r >> 2}.${component(r)}`;
    return `c${r}_${j} += ${factor} * b${j};`;
  });

/** Statements that multiply what a thread has to of a step, without any loop. */
export const tileProduct = (tile: Tile, alongA: Along, alongB: Along): string => {
  const [a, b] = [tileMemory("A", tile, alongA), tileMemory("B", tile, alongB)];
  const fours = range(tile.threadColumns / 4);
  const k4 = range(4);
  const chunk = (level: number): readonly string[] => {
    if (alongA === "depth" && alongB === "depth")
      return [
        ...readA(a, alongA, level),
        // by four columns, which need fewer registers at once
        ...fours.map((j) =>
          block([
            ...readTurned(b, level, j),
            ...k4.map((k) => block([`let b${j} = ${turned(k, j)};`, ...multiply(tile, alongA, k, j)])),
          ]),
        ),
      ];
    return [
      ...(alongA === "depth" ? readA(a, alongA, level) : []),
      ...(alongB === "depth" ? fours.flatMap((j) => readTurned(b, level, j)) : []),
      ...k4.map((k) =>
        block([
          ...(alongA === "side" ? readA(a, alongA, 4 * level + k) : []),
          ...fours.map((j) => `let b${j} = ${alongB === "depth" ? turned(k, j) : b.own(4 * level + k, j)};`),
          ...fours.flatMap((j) => multiply(tile, alongA, k, j)),
        ]),
      ),
    ];
  };
  return range(tile.depth / tile.slices / 4)
    .map((level) => block(chunk(level)))
    .join("\n");
};
