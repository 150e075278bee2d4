import { assertEquals } from "@std/assert";
import {
  ClientConnections,
  connectionLimit,
} from "../../lib/system/client_connections.ts";
import { until } from "../support/until.ts";

const LIMITS: Record<string, [text: string | undefined, limit: number]> = {
  "a third of what is left, below 1,024 files": [limits("1024"), 325],
  "enough for one agent, below 40 files": [limits("40"), 8],
  "4,096, below a million files": [limits("1048576"), 4_096],
  "4,096, without a limit": [limits("unlimited"), 4_096],
  "325, where the system does not tell": [undefined, 325],
};

for (const [what, [text, limit]] of Object.entries(LIMITS)) {
  Deno.test(`connectionLimit() is ${what}`, () => {
    assertEquals(connectionLimit({ readText: () => text }), limit);
  });
}

function limits(files: string): string {
  return `Limit                     Soft Limit           Hard Limit           Units
Max core file size        0                    unlimited            bytes
Max open files            ${files.padEnd(21)}1048576              files
Max locked memory         8388608              8388608              bytes
`;
}

Deno.test("ClientConnections closes a silent connection, but not while the process is too busy to read", async () => {
  const ends: number[] = [];
  using connections = new ClientConnections({ limit: 1, graceMs: 10 });
  connections.add({ destroy: () => void ends.push(performance.now()) });
  const busyUntil = performance.now() + 400;
  while (performance.now() < busyUntil);
  await until("the connection is closed", () => ends.length > 0);
  assertEquals((ends[0] ?? 0) - busyUntil >= 10, true, `${ends[0]}`);
});
