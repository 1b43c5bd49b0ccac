/** Where threads meet, in the first kilobyte of the memory: one cache line per word that several threads write. */
/** i64: the number of the current command in the high half, its next task that nobody has taken in the low half. */
export const TASK: usize = 64;
/** Tasks of the current command that are done. */
export const DONE: usize = 128;
/** Address of the current command. */
export const CURRENT: usize = 192;
/** Grows when sleeping threads are woken. */
export const WAKE: usize = 256;
/** Threads that are asleep. */
export const SLEEPING: usize = 320;
/** Workers that have joined. */
export const READY: usize = 384;
/** A next task that no command has: nothing is to be taken. */
export const CLOSED: i64 = 0x7fffffff;

/** Bytes of a command: words of 32 bits, the first one the kernel. */
export const COMMAND: usize = 256;

/** Reads word i of a command. */
// @ts-ignore: decorator
@inline
export function int(command: usize, i: i32): i32 {
  return load<i32>(command + ((<usize>i) << 2));
}

/** Reads word i of a command as an address. */
// @ts-ignore: decorator
@inline
export function address(command: usize, i: i32): usize {
  return <usize>load<u32>(command + ((<usize>i) << 2));
}

/** Reads word i of a command as a float. */
// @ts-ignore: decorator
@inline
export function float(command: usize, i: i32): f32 {
  return load<f32>(command + ((<usize>i) << 2));
}

/** The number of the command that this thread works on. */
let serial: i64 = 0;
/** Whether it has a task that is not done yet. */
let holding: bool = false;
/** The tasks of the command, as the kernel has counted them. */
let tasks: i32 = 0;

/** Tells which command the next tasks are of. */
export function begin(command: i64): void {
  serial = command;
}

/** The number of tasks of the command whose kernel has just run on this thread. */
export function taskCount(): i32 {
  return tasks;
}

/**
 * Hands in the task before, if there was one, and takes the next of `count`; an answer of `count` or more means that there
 * are no more. A task can be taken from the current command only, and that stays the current one until all its tasks are
 * done: a thread that comes late finds nothing to do, and nobody waits for it.
 */
export function takeTask(count: i32): i32 {
  if (holding) {
    atomic.add<i32>(DONE, 1);
    holding = false;
  }
  tasks = count;
  while (true) {
    const word = atomic.load<i64>(TASK);
    const next = <i32>word;
    if (word >> 32 != serial || next >= count) return i32.MAX_VALUE;
    if (atomic.cmpxchg<i64>(TASK, word, word + 1) != word) continue;
    holding = true;
    return next;
  }
}

/** The smaller of two. */
// @ts-ignore: decorator
@inline
export function least(a: i32, b: i32): i32 {
  return a < b ? a : b;
}
