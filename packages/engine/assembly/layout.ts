/** Where threads meet, in the first kilobyte of the memory: one cache line per word that several threads write. */
/** A run's number in the high 24 bits, the threads that take part in it in the low 8. */
export const RUN: usize = 64;
/** The program of the run: its address, and its number of commands. */
export const PROGRAM: usize = 128;
export const COUNT: usize = 132;
/** Address of one f64 per command for the seconds it took; 0 where nobody asks. */
export const PROFILE: usize = 136;
/** Threads that have finished the command. */
export const ARRIVED: usize = 192;
/** Counts the commands that all threads have finished. */
export const GENERATION: usize = 256;
/** The next task of the command that nobody has taken. */
export const TASK: usize = 320;
/** Threads asleep until the next run, and until the end of a command. */
export const SLEEPING_RUN: usize = 384;
export const SLEEPING_BARRIER: usize = 388;
/** Threads that are ready. */
export const READY: usize = 448;

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

/** Takes the next task of the current command; the caller stops when it is beyond the last. */
// @ts-ignore: decorator
@inline
export function takeTask(): i32 {
  return atomic.add<i32>(TASK, 1);
}

/** The smaller of two. */
// @ts-ignore: decorator
@inline
export function least(a: i32, b: i32): i32 {
  return a < b ? a : b;
}
