import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type RealArray, sizeOf } from "../../../electron/engine/base/complex.ts";
import { EchoError } from "../../../electron/engine/base/errors.ts";
import { sha256 } from "../../../electron/engine/base/hash.ts";
import { disposeNetworks, loadedNetworks, loadNetwork } from "../../../electron/engine/infer/networks.ts";
import { repositoryRoot } from "../../support/shared.ts";

const graph = join(repositoryRoot, "test/fixtures/conv-matmul.onnx");
const graphSha256 = "63fc88f1e8854c7e3b1bdf764e351658d284bb3fd70ae07db0c0bf91efc282f9";
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pureecho-networks-"));
});
afterEach(() => disposeNetworks());
afterAll(() => rm(folder, { recursive: true }));

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof EchoError)) throw new Error(`expected an EchoError, got ${String(error)}`);
  return error.fault.code;
}

function whole(shape: number[], step: number): RealArray {
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => ((i * step) % 13) - 6) };
}

/** The formulas of test/fixtures/make_onnx.py, written out again. */
function expected(image: RealArray): { convolved: Float32Array; product: Float32Array } {
  const [rows, columns] = [image.shape[2], 8];
  const bias = [0.5, -0.25, 0.125];
  const convolved = new Float32Array(3 * rows * columns);
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < rows; y++) {
      for (let x = 0; x < columns; x++) {
        let sum = bias[channel];
        for (let from = 0; from < 2; from++) {
          for (let tap = 0; tap < 9; tap++) {
            const row = y + Math.floor(tap / 3) - 1;
            const column = x + (tap % 3) - 1;
            if (row < 0 || column < 0 || row >= rows || column >= columns) continue;
            const weight = ((((channel * 2 + from) * 9 + tap) * 5) % 17) - 8;
            sum += (weight / 8) * image.data[(from * rows + row) * columns + column];
          }
        }
        convolved[(channel * rows + y) * columns + x] = sum;
      }
    }
  }
  const product = new Float32Array(3 * rows * 5);
  for (let line = 0; line < 3 * rows; line++) {
    for (let x = 0; x < 5; x++) {
      for (let k = 0; k < columns; k++) {
        product[line * 5 + x] += (convolved[line * columns + k] * ((((k * 5 + x) * 3) % 7) - 3)) / 4;
      }
    }
  }
  return { convolved, product };
}

test("a convolution and a matrix product give our own numbers, at two sizes", async () => {
  const network = await loadNetwork(graph, graphSha256, "cpu", 1);
  expect(network.inputs).toEqual([{ name: "image", shape: [1, 2, "rows", 8] }]);
  for (const rows of [6, 11]) {
    const image = whole([1, 2, rows, 8], 7);
    const outputs = await network.run({ image });
    expect(outputs.convolved.shape).toEqual([1, 3, rows, 8]);
    expect(outputs.product.shape).toEqual([1, 3, rows, 5]);
    expect(outputs.convolved.data).toEqual(expected(image).convolved);
    expect(outputs.product.data).toEqual(expected(image).product);
  }
});

test("a repeat gives the same bits, also from a network that was loaded again", async () => {
  const shape = [1, 2, 32, 8];
  const image = { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(i * 0.37)) };
  const first = await loadNetwork(graph, graphSha256, "cpu", 2);
  const once = await first.run({ image });
  const twice = await first.run({ image });
  await first.dispose();
  const again = await (await loadNetwork(graph, graphSha256, "cpu", 2)).run({ image });
  expect(twice.product.data).not.toBe(once.product.data);
  expect(twice.product.data).toEqual(once.product.data);
  expect(again.product.data).toEqual(once.product.data);
});

test("a wrong hash is refused before the runtime sees the file", async () => {
  const other = join(folder, "not-onnx.onnx");
  await writeFile(other, "this is no graph");
  // The same bytes under their own hash reach the runtime, which says something else.
  expect(await codeOf(loadNetwork(other, graphSha256, "cpu", 1))).toBe("MODEL_HASH");
  expect(await codeOf(loadNetwork(other, sha256("this is no graph"), "cpu", 1))).toBe("UNSUPPORTED");
  const changed = join(folder, "changed.onnx");
  const bytes = await readFile(graph);
  bytes[bytes.length - 20] ^= 1;
  await writeFile(changed, bytes);
  expect(await codeOf(loadNetwork(changed, graphSha256, "cpu", 1))).toBe("MODEL_HASH");
  expect(await codeOf(loadNetwork(join(folder, "absent.onnx"), graphSha256, "cpu", 1))).toBe("MODEL_MISSING");
  expect(loadedNetworks()).toBe(0);
});

test("a provider that this build does not have is an error and not the CPU in disguise", async () => {
  const absent = process.platform === "darwin" ? "dml" : "coreml";
  expect(await codeOf(loadNetwork(graph, graphSha256, absent, 1))).toBe("DEVICE_UNAVAILABLE");
});

test("networks are kept by content and provider until they are disposed", async () => {
  const copy = join(folder, "copy.onnx");
  await copyFile(graph, copy);
  const [one, other] = await Promise.all([
    loadNetwork(graph, graphSha256, "cpu", 1),
    loadNetwork(copy, graphSha256, "cpu", 1),
  ]);
  expect(other).toBe(one);
  expect(loadedNetworks()).toBe(1);
  await loadNetwork(graph, graphSha256, "cpu", 2);
  expect(loadedNetworks()).toBe(2);
  await one.dispose();
  await one.dispose();
  expect(loadedNetworks()).toBe(1);
  expect(await codeOf(one.run({ image: whole([1, 2, 4, 8], 3) }))).toBe("INTERNAL");
  expect(await loadNetwork(graph, graphSha256, "cpu", 1)).not.toBe(one);
});

test("feeds that do not fit are refused with the name and both shapes", async () => {
  const network = await loadNetwork(graph, graphSha256, "cpu", 1);
  await expect(network.run({})).rejects.toThrow(/SHAPE_MISMATCH.*image.*missing/);
  await expect(network.run({ image: whole([1, 2, 4, 9], 3) })).rejects.toThrow(
    /image.*\[1, 2, rows, 8\].*\[1, 2, 4, 9\]/,
  );
  await expect(network.run({ image: whole([1, 2, 4, 8], 3), mask: whole([1], 1) })).rejects.toThrow(
    /mask.*no such input/,
  );
  await expect(network.run({ image: { shape: [1, 2, 4, 8], data: new Float32Array(63) } })).rejects.toThrow(
    /63 values/,
  );
});
