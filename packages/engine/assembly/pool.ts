import {
  ARRIVED, COMMAND, COUNT, GENERATION, PROFILE, PROGRAM, READY, RUN, SLEEPING_BARRIER, SLEEPING_RUN, TASK,
} from "./layout";
import { runCommand } from "./dispatch";

/** How often a thread looks before it goes to sleep: some ten microseconds. */
const PATIENCE: i32 = 8000;

/** Seconds on the caller's clock. */
// @ts-ignore: decorator
@external("env", "now")
declare function now(): f64;

/**
 * Sleeps while the word at this address has this value, at most so many milliseconds. A call to JavaScript, because
 * memory.atomic.wait32 inside of a loop goes wrong in V8 11 (Node 20).
 */
// @ts-ignore: decorator
@external("env", "wait")
declare function wait(address: usize, value: i32, milliseconds: f64): void;

/** Waits until all threads have finished the command; the last one lets the others go on. */
function meet(threads: i32): void {
  if (threads == 1) {
    store<i32>(TASK, 0);
    return;
  }
  const generation = atomic.load<i32>(GENERATION);
  if (atomic.add<i32>(ARRIVED, 1) == threads - 1) {
    atomic.store<i32>(ARRIVED, 0);
    atomic.store<i32>(TASK, 0);
    atomic.add<i32>(GENERATION, 1);
    if (atomic.load<i32>(SLEEPING_BARRIER) > 0) atomic.notify(GENERATION, -1);
    return;
  }
  while (true) {
    for (let i = 0; i < PATIENCE; i++) if (atomic.load<i32>(GENERATION) != generation) return;
    if (!mayWait) continue;
    atomic.add<i32>(SLEEPING_BARRIER, 1);
    wait(GENERATION, generation, 1);
    atomic.sub<i32>(SLEEPING_BARRIER, 1);
  }
}

function execute(thread: i32, threads: i32): void {
  const program = <usize>load<u32>(PROGRAM);
  const count = load<i32>(COUNT);
  const profile = <usize>load<u32>(PROFILE);
  let before: f64 = 0;
  if (profile && thread == 0) before = now();
  for (let i = 0; i < count; i++) {
    runCommand(program + (<usize>i) * COMMAND, scratch);
    meet(threads);
    if (profile && thread == 0) {
      const after = now();
      store<f64>(profile + ((<usize>i) << 3), load<f64>(profile + ((<usize>i) << 3)) + after - before);
      before = after;
    }
  }
}

/** This thread's own memory. */
let scratch: usize = 0;
/** False in a page's main thread, which must not sleep. */
let mayWait: bool = true;

/** Prepares an instance: where its scratch lies, and whether its thread may sleep. */
export function prepare(at: usize, wait: bool): void {
  scratch = at;
  mayWait = wait;
}

/** Runs `count` commands on all threads that are ready, at most `most`; returns when they are done. */
export function run(program: usize, count: i32, profile: usize, most: i32): i32 {
  const ready = atomic.load<i32>(READY) + 1;
  const threads = ready < most ? ready : most;
  store<u32>(PROGRAM, <u32>program);
  store<i32>(COUNT, count);
  store<u32>(PROFILE, <u32>profile);
  if (threads > 1) {
    const next = (((atomic.load<i32>(RUN) >> 8) + 1) << 8) | threads;
    atomic.store<i32>(RUN, next);
    if (atomic.load<i32>(SLEEPING_RUN) > 0) atomic.notify(RUN, -1);
  }
  execute(0, threads);
  return threads;
}

/** The life of a worker: it takes part in the runs that count on it. Never returns. */
export function work(): void {
  let seen = atomic.load<i32>(RUN);
  const thread = atomic.add<i32>(READY, 1) + 1;
  while (true) {
    let next = seen;
    for (let i = 0; i < PATIENCE; i++) {
      next = atomic.load<i32>(RUN);
      if (next != seen) break;
    }
    if (next == seen) {
      atomic.add<i32>(SLEEPING_RUN, 1);
      wait(RUN, seen, Infinity);
      atomic.sub<i32>(SLEEPING_RUN, 1);
      continue;
    }
    seen = next;
    const threads = next & 255;
    if (thread < threads) execute(thread, threads);
  }
}
