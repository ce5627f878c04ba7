/** A dense network as an ONNX model: protocol buffers by hand, of onnx.proto what such a network needs. */

const varint = (value) => {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
};
/** A field that is a number, a text, bytes, or a message made of fields. */
function field(number, value) {
  if (typeof value === 'number') return Buffer.from([...varint(number * 8), ...varint(value)]);
  const bytes = Array.isArray(value) ? Buffer.concat(value) : Buffer.from(value);
  return Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.length)]), bytes]);
}

const FLOAT = 1;
const node = (type, inputs, output) => [
  ...inputs.map((name) => field(1, name)),
  field(2, output),
  field(4, type),
];
const initializer = (name, dims, values) => [
  ...dims.map((size) => field(1, size)),
  field(2, FLOAT),
  field(8, name),
  field(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
];
const value = (name, dims) => {
  const shape = dims.map((size) => field(1, [field(1, size)]));
  return [field(1, name), field(2, [field(1, [field(1, FLOAT), field(2, shape)])])];
};

/** layers as `read` gives them, biases 0; x [batch, inputs] → y [batch, outputs]; `activation` is ONNX's name. */
export function denseModel(layers, { batch, activation }) {
  const nodes = [];
  const initializers = [];
  let last = 'x';
  for (const [i, { kernel, inputs, units }] of layers.entries()) {
    initializers.push(initializer(`w${i}`, [inputs, units], kernel));
    initializers.push(initializer(`b${i}`, [units], new Float32Array(units)));
    const out = i === layers.length - 1 ? 'y' : `z${i}`;
    nodes.push(node('Gemm', [last, `w${i}`, `b${i}`], out));
    if (out !== 'y') nodes.push(node(activation, [out], `h${i}`));
    last = `h${i}`;
  }
  const graph = [
    ...nodes.map((each) => field(1, each)),
    field(2, 'dense'),
    ...initializers.map((each) => field(5, each)),
    field(11, value('x', [batch, layers[0].inputs])),
    field(12, value('y', [batch, layers.at(-1).units])),
  ];
  const [IR, OPSET] = [8, 13];
  return Buffer.concat([field(1, IR), field(7, graph), field(8, [field(2, OPSET)])]);
}
