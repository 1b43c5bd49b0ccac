/** The type of `lanes` numbers in WGSL: 1 or 4. */
export const vector = <T extends string>(type: T, lanes: 1 | 4): T | `vec4<${T}>` =>
  lanes === 1 ? type : `vec4<${type}>`;
