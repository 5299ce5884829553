/**
 * How much of the api function's CPU is ours? One call from the gateway's event to its answer, against the least
 * that anyone must do with it: parse the JSON, decode the base64, hash the body for the signature.
 */
import { createHash } from "node:crypto";
import { accessLogs } from "./access-logs.ts";
import { apiFunction } from "./api-function.ts";
import { compareCpu } from "./measure.ts";
import { putEvent } from "./put-events.ts";
import { fixed, type Table } from "./report.ts";

const CALLS = [
  { count: 500, recordBytes: 1024, runsPerRound: 20 },
  { count: 500, recordBytes: 100, runsPerRound: 80 },
  { count: 1, recordBytes: 1024, runsPerRound: 400 },
];

export async function apiCpu(): Promise<readonly Table[]> {
  const handler = await apiFunction(["access-logs"]);
  const rows: (string | number)[][] = [];
  for (const { count, recordBytes, runsPerRound } of CALLS) {
    const event = await putEvent("access-logs", accessLogs({ count, recordBytes }));
    const floor = { name: "floor", run: () => floorOf(event.body ?? "") };
    const api = { name: "api", run: () => handler(event) };
    const [least, ours] = await compareCpu([floor, api], { rounds: 30, runsPerRound });
    rows.push([
      `${count} × ${recordBytes} B`,
      fixed((least!.medianMs * 1000) / count, 2),
      fixed((ours!.medianMs * 1000) / count, 2),
      fixed((ours!.leastMs * 1000) / count, 2),
      `${fixed(ours!.ratio, 2)} (${ours!.ratioQuartiles.map((ratio) => fixed(ratio, 2)).join("–")})`,
    ]);
  }
  return [
    {
      title: "CPU of the api function per record",
      columns: [
        "call",
        "floor, µs",
        "Hydrant, µs (median)",
        "Hydrant, µs (least)",
        "ratio (quartiles)",
      ],
      rows,
    },
  ];
}

function floorOf(body: string): string {
  const hash = createHash("sha256").update(body).digest("hex");
  const { Records, Record: single } = JSON.parse(body) as {
    readonly Records?: readonly { readonly Data: string }[];
    readonly Record?: { readonly Data: string };
  };
  let byteCount = 0;
  for (const { Data } of Records ?? [single!]) byteCount += Buffer.from(Data, "base64").length;
  return `${hash} ${byteCount}`;
}
