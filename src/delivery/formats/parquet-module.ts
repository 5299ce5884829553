/**
 * The Parquet encoder, a WebAssembly module of 5 MB: read and compiled when the first file is opened, once a process.
 * Its file lies beside the bundle, or in its package: so it does where functions are packaged, and in the local stack.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type * as ParquetWasm from "parquet-wasm/esm";

export type ParquetModule = typeof ParquetWasm;

const WASM_FILE = "parquet_wasm_bg.wasm";

let loading: Promise<ParquetModule> | undefined;

export function parquetModule(): Promise<ParquetModule> {
  loading ??= load().catch((error: unknown) => {
    // The next file tries again.
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<ParquetModule> {
  const [encoder, bytes] = await Promise.all([import("parquet-wasm/esm"), readFile(wasmPath())]);
  encoder.initSync({ module: bytes });
  return encoder;
}

function wasmPath(): string {
  const besideBundle = fileURLToPath(new URL(`./${WASM_FILE}`, import.meta.url));
  if (existsSync(besideBundle)) return besideBundle;
  return createRequire(import.meta.url).resolve(`parquet-wasm/esm/${WASM_FILE}`);
}
