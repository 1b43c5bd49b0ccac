import type { TensorInfo } from "@tensorflow/tfjs-core";
import type { Dtype } from "../graph/graph.ts";
import type { Lowering, Word } from "../commands/lowering.ts";
import type { Machine } from "../machine/machine.ts";
import { OutOfMemoryError } from "../memoryError.ts";
import type { Backend } from "./backend.ts";

/** Words of a command. */
export const commandWords = 64;

/** Addresses of a lowering's buffers. */
export type Addresses = {
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  readonly temporaries: readonly number[];
  readonly blocks: readonly number[];
};

const scratchFloat = new Float32Array(1);
const scratchWord = new Int32Array(scratchFloat.buffer);

/** Writes words at index `at` of the memory's words. */
export const writeWords = (memory: Int32Array, at: number, words: readonly Word[], addresses: Addresses): void => {
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (typeof word === "number") memory[at + i] = word;
    else if ("float" in word) {
      scratchFloat[0] = word.float;
      memory[at + i] = scratchWord[0]!;
    } else memory[at + i] = addresses[word.in][word.index]! + (word.offset ?? 0);
  }
};

/** Memory for a program of this many words. */
const room = (machine: Machine, words: number, what: string): number => {
  const address = machine.allocate(4 * words);
  if (address === undefined) throw new OutOfMemoryError(what, 4 * words, machine.usage().bytes);
  return address;
};

/** Runs one kernel at once: makes its outputs, writes its commands, and waits for them. */
export const execute = (backend: Backend, lowering: Lowering, inputs: readonly TensorInfo[]): TensorInfo[] => {
  const { machine } = backend;
  const { commands, blocks } = lowering;
  const made: TensorInfo[] = [];
  const taken: number[] = [];
  try {
    const outputs = lowering.outputs.map(({ shape, dtype }) => {
      const info = backend.make(shape, dtype as Dtype);
      made.push(info);
      return info.address;
    });
    const take = (words: number, what: string): number => {
      const address = room(machine, words, what);
      taken.push(address);
      return address;
    };
    const temporaries = lowering.temporaries.map((bytes) => take(Math.ceil(bytes / 4), "the temporary of a kernel"));
    const length = commands.length * commandWords + blocks.reduce((sum, words) => sum + words.length, 0);
    const program = take(length, "a kernel's commands");
    let next = program + 4 * commands.length * commandWords;
    const places = blocks.map((words) => {
      const at = next;
      next += 4 * words.length;
      return at;
    });
    const addresses = {
      inputs: inputs.map(({ dataId }) => backend.addressOf(dataId)),
      outputs,
      temporaries,
      blocks: places,
    };
    const memory = machine.words();
    commands.forEach(({ opcode, words }, i) => {
      const at = program / 4 + i * commandWords;
      memory[at] = opcode;
      writeWords(memory, at + 1, words, addresses);
    });
    blocks.forEach((words, i) => writeWords(memory, places[i]! / 4, words, addresses));
    machine.run(program, commands.length);
    return made.map(({ dataId, shape, dtype }) => ({ dataId, shape, dtype }));
  } catch (error) {
    for (const { dataId } of made) backend.disposeData(dataId);
    throw error;
  } finally {
    for (const address of taken) machine.release(address);
  }
};
