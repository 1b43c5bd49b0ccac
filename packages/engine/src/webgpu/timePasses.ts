/** A dispatch with its buffers, and whose it is. */
type Timed = {
  readonly pipeline: GPUComputePipeline;
  readonly bindGroup: GPUBindGroup;
  readonly groups: readonly [number, number, number];
  readonly step: number;
};

/** Dispatches of which each has a pass with a clock. */
export type TimedPasses = {
  /** Encodes them; once. */
  readonly encode: (encoder: GPUCommandEncoder, calls: readonly (readonly Timed[])[]) => void;
  /** After they are submitted: the time of each; zeros where the device has no clock. */
  readonly times: () => Promise<readonly { readonly step: number; readonly seconds: number }[]>;
};

/** Time stamps of one query set. */
const mostStamps = 4096;

/** Times dispatches one by one by the device's clock ("timestamp-query"). */
export const timePasses = (device: GPUDevice): TimedPasses => {
  const hasClock = device.features.has("timestamp-query");
  const made: { readonly destroy: () => void }[] = [];
  const keep = <T extends { readonly destroy: () => void }>(it: T): T => {
    made.push(it);
    return it;
  };
  let all: readonly Timed[] = [];
  let staging: GPUBuffer | undefined;
  return {
    encode: (encoder, calls) => {
      all = calls.flat();
      const stamps = hasClock ? 2 * all.length : 0;
      const sets = Array.from({ length: Math.ceil(stamps / mostStamps) }, (_, i) =>
        keep(device.createQuerySet({ type: "timestamp", count: Math.min(stamps - i * mostStamps, mostStamps) })),
      );
      all.forEach(({ pipeline, bindGroup, groups }, i) => {
        const at = (2 * i) % mostStamps;
        const querySet = sets[Math.floor((2 * i) / mostStamps)];
        const clock = querySet && { querySet, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
        const pass = encoder.beginComputePass(clock === undefined ? {} : { timestampWrites: clock });
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindGroup);
        pass.dispatchWorkgroups(groups[0], groups[1], groups[2]);
        pass.end();
      });
      if (stamps === 0) return;
      const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
      const resolved = keep(device.createBuffer({ size: 8 * stamps, usage: QUERY_RESOLVE | COPY_SRC }));
      staging = keep(device.createBuffer({ size: 8 * stamps, usage: COPY_DST | MAP_READ }));
      sets.forEach((set, i) => encoder.resolveQuerySet(set, 0, set.count, resolved, 8 * mostStamps * i));
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * stamps);
    },
    times: async () => {
      try {
        await staging?.mapAsync(GPUMapMode.READ);
        const stamps = staging && new BigInt64Array(staging.getMappedRange().slice(0));
        return all.map(({ step }, i) => ({
          step,
          seconds: stamps === undefined ? 0 : Math.max(0, Number(stamps[2 * i + 1]! - stamps[2 * i]!)) * 1e-9,
        }));
      } finally {
        for (const it of made) it.destroy();
      }
    },
  };
};
