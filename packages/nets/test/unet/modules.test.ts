import { normalTensor, ops, type Tensor } from "@nonmarkov/autodiff";
import { foldIn, key } from "@nonmarkov/random";
import { beforeAll, describe, expect, test } from "vitest";
import { attention, attentionTree } from "../../src/unet/attention.ts";
import { downsample, resizeTree } from "../../src/unet/resize.ts";
import { resnet, type ResnetOptions, resnetTree } from "../../src/unet/resnet.ts";
import type { Make } from "../../src/parameter.ts";
import { backend } from "../backend.ts";
import { distance } from "../laws.ts";
import * as reference from "./reference.ts";
import { type Pixels, pixelsOf } from "./reference.ts";

beforeAll(backend);

/** Parameters that are all normal numbers. */
const random = (seed: number): Make<Tensor> => {
  let made = 0;
  return ({ shape }) => {
    const size = shape.reduce((a, b) => a * b, 1);
    return ops.reshape(ops.mul(normalTensor(foldIn(key(seed), made++), [1, size]), 0.5), [...shape]);
  };
};

const x = (channels: number) => ops.add(normalTensor(key(1), [2, 4, 6, channels]), 0.3);

const expectSame = (got: Tensor, want: Pixels): void => {
  expect(got.shape).toEqual(want.shape);
  expect(distance(got, reference.tensorOf(want))).toBeLessThan(2e-5);
};

const groups = 2;
const eps = 1e-3;

describe.each([false, true])("a residual block, with scale and shift: %s", (scaleShift) => {
  test.each<[string, number, number, Pick<ResnetOptions, "scale" | "resize">]>([
    ["of other channels", 4, 6, {}],
    ["whose result is divided", 4, 4, { scale: 1.7 }],
    ["that halves", 4, 4, { resize: "halve" }],
    ["that doubles", 4, 6, { resize: "double", scale: 0.6 }],
  ])("%s is that of the definition", (_, inputs, outputs, options) => {
    const params = resnetTree(random(2), inputs, outputs, 5, scaleShift);
    const emb = normalTensor(key(3), [2, 5]);
    const got = resnet(params, x(inputs), emb, { groups, eps, scaleShift, ...options });

    const { norm1, conv1, time_emb_proj, norm2, conv2, conv_shortcut } = params;
    const resize = options.resize === undefined ? (p: Pixels) => p : reference[options.resize];
    const rows = [0, 1].map((b) => [...emb.dataSync().slice(5 * b, 5 * b + 5)]);
    const perRow = reference.linear(rows, time_emb_proj.weight, time_emb_proj.bias);
    const input = pixelsOf(x(inputs));
    const normal = reference.groupNorm(input, norm1.weight, norm1.bias, groups, eps);
    const h = reference.conv(resize(reference.map(normal, reference.silu)), conv1.weight, conv1.bias);
    const norm = (p: Pixels) => reference.groupNorm(p, norm2.weight, norm2.bias, groups, eps);
    const conditioned = scaleShift
      ? reference.map(norm(h), (v, b, c) => v * (1 + perRow[b]![c]!) + perRow[b]![outputs + c]!)
      : norm(reference.map(h, (v, b, c) => v + perRow[b]![c]!));
    const y = reference.conv(reference.map(conditioned, reference.silu), conv2.weight, conv2.bias);
    const straight = conv_shortcut
      ? reference.conv(resize(input), conv_shortcut.weight, conv_shortcut.bias, 1, 0)
      : resize(input);
    expectSame(
      got,
      reference.map(reference.add(y, straight), (v) => v / (options.scale ?? 1)),
    );
  });
});

test.each([
  ["end", 0],
  ["both", 1],
] as const)("a halving convolution with zeros at the %s is that of the definition", (padding, before) => {
  const params = resizeTree(random(4), 3);
  const want = reference.conv(pixelsOf(x(3)), params.conv.weight, params.conv.bias, 2, before);
  expectSame(downsample(params, x(3), padding), want);
});

test.each([
  [true, 1, 1],
  [true, 2, 1.3],
  [false, 3, 1],
] as const)(
  "attention, normalised %s, in %i heads, divided by %f is that of the definition",
  (normal, heads, scale) => {
    const params = attentionTree(random(5), 6, normal);
    const got = attention(params, x(6), { heads, groups, eps, scale });

    const input = pixelsOf(x(6));
    const { group_norm } = params;
    const y = group_norm ? reference.groupNorm(input, group_norm.weight, group_norm.bias, groups, eps) : input;
    const through = (p: Pixels, { weight, bias }: { readonly weight: Tensor; readonly bias: Tensor }) =>
      reference.conv(p, ops.reshape(weight, [1, 1, 6, 6]), bias, 1, 0);
    const [q, k, v] = [params.to_q, params.to_k, params.to_v].map((to) => through(y, to)) as [Pixels, Pixels, Pixels];
    const mixed = through(reference.attend(q, k, v, heads), params.to_out[0]);
    expectSame(
      got,
      reference.map(reference.add(input, mixed), (value) => value / scale),
    );
  },
);
