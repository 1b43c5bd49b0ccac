import { begin, CLOSED, COMMAND, CURRENT, DONE, READY, SLEEPING, TASK, taskCount, WAKE } from "./layout";
import { runCommand } from "./dispatch";

/** How often a thread looks before it goes to sleep: some ten microseconds. */
const PATIENCE: i32 = 20000;

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

/** This thread's own memory: a copy of the current command, and scratch. */
let copy: usize = 0;
let scratch: usize = 0;
/** False in a page's main thread, which must not sleep. */
let mayWait: bool = true;

/** Prepares an instance: where its scratch lies, and whether its thread may sleep. */
export function prepare(at: usize, wait: bool): void {
  copy = at;
  scratch = at + COMMAND;
  mayWait = wait;
}

/** Prepares the place where threads meet; once, before the first worker. */
export function open(): void {
  atomic.store<i64>(TASK, CLOSED);
}

/** Sleeps of a tenth of a millisecond without any progress after which a worker must be dead: more than a minute. */
const HOPELESS: i32 = 600000;

/** Waits for the tasks that other threads have taken. Traps if they never come. */
function finish(count: i32): void {
  let patience = PATIENCE;
  let sleeps = 0;
  let before = -1;
  while (true) {
    const done = atomic.load<i32>(DONE);
    if (done == count) return;
    if (--patience > 0 || !mayWait) continue;
    wait(DONE, done, 0.1);
    sleeps = done == before ? sleeps + 1 : 0;
    before = done;
    if (sleeps > HOPELESS) unreachable();
  }
}

/**
 * Runs `count` commands, one after the other, with the help of all workers that are awake. Adds the seconds of each to the
 * f64s at `profile`, if that is not 0.
 */
export function run(program: usize, count: i32, profile: usize): void {
  let serial = atomic.load<i64>(TASK) >> 32;
  let before: f64 = profile ? now() : 0;
  for (let i = 0; i < count; i++) {
    const command = program + (<usize>i) * COMMAND;
    serial = (serial + 1) & 0x3fffffff;
    // nothing can be taken while the command is exchanged
    atomic.store<i64>(TASK, (serial << 32) | CLOSED);
    store<u32>(CURRENT, <u32>command);
    atomic.store<i32>(DONE, 0);
    atomic.store<i64>(TASK, serial << 32);
    if (atomic.load<i32>(SLEEPING) > 0) {
      atomic.add<i32>(WAKE, 1);
      atomic.notify(WAKE, -1);
    }
    begin(serial);
    runCommand(command, scratch);
    finish(taskCount());
    if (profile) {
      const after = now();
      const at = profile + ((<usize>i) << 3);
      store<f64>(at, load<f64>(at) + after - before);
      before = after;
    }
  }
  // the commands may be overwritten from now on
  atomic.store<i64>(TASK, (serial << 32) | CLOSED);
}

/** The life of a worker: it takes tasks of whatever command is the current one. Never returns. */
export function work(): void {
  let seen: i64 = -1;
  atomic.add<i32>(READY, 1);
  while (true) {
    const wake = atomic.load<i32>(WAKE);
    let word: i64 = 0;
    let found = false;
    for (let i = 0; i < PATIENCE; i++) {
      word = atomic.load<i64>(TASK);
      if (word >> 32 != seen && (word & 0xffffffff) != CLOSED) {
        found = true;
        break;
      }
    }
    if (!found) {
      atomic.add<i32>(SLEEPING, 1);
      wait(WAKE, wake, Infinity);
      atomic.sub<i32>(SLEEPING, 1);
      continue;
    }
    // a thread that is late may copy what is no longer the command: then the number has changed, or the command is closed
    // (word by word: memory.copy would trap where this thread has not heard yet that the memory has grown)
    const from = <usize>load<u32>(CURRENT);
    for (let i: usize = 0; i < COMMAND; i += 16) v128.store(copy + i, v128.load(from + i));
    const again = atomic.load<i64>(TASK);
    if (again >> 32 != word >> 32 || (again & 0xffffffff) == CLOSED) continue;
    seen = word >> 32;
    begin(seen);
    runCommand(copy, scratch);
  }
}
