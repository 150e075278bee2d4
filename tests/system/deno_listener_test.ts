import { assertEquals } from "@std/assert";
import { createServer } from "node:http";
import { denoListen } from "../../lib/system/deno/listener.ts";
import type { Duplex } from "node:stream";
import { within } from "../support/deadline.ts";
import { listenWith } from "./failing_listener.ts";

Deno.test("denoListen() listens again on the same port when accepting fails", async () => {
  await using stage = listenWith([new Error("It broke")]);
  const failures: unknown[] = [];
  const server = createServer((_, response) => response.end("answered"));
  const connections = connectionsOf();
  const port = await denoListen({
    onOpen: connections.add,
    onShortage() {},
    onFailure: (error) => failures.push(error),
  }, server);
  const response = await fetch(`http://127.0.0.1:${port.port}`, {
    headers: { connection: "close" },
  });
  assertEquals(await response.text(), "answered");
  await port.close();
  await connections.ended();
  assertEquals(failures, []);
  assertEquals(stage.ports, [0, port.port]);
});

Deno.test("denoListen() reports why it cannot listen again", async () => {
  const inUse = new Deno.errors.AddrInUse(
    "Address already in use (os error 98)",
  );
  await using _ = listenWith([new Error("It broke")], inUse);
  const failed = Promise.withResolvers<unknown>();
  const port = await denoListen({
    onOpen() {},
    onShortage() {},
    onFailure: failed.resolve,
  }, createServer());
  assertEquals(
    String(await failed.promise),
    `Error: Cannot accept connections on 127.0.0.1:${port.port}: address already in use`,
  );
  await port.close();
});

Deno.test("denoListen() makes room and accepts again when there are too many files", async () => {
  const shortage = Object.assign(
    new Error("Too many open files (os error 24)"),
    { code: "EMFILE" },
  );
  await using stage = listenWith([shortage, shortage]);
  let shortages = 0;
  const server = createServer((_, response) => response.end("answered"));
  const connections = connectionsOf();
  const port = await denoListen({
    onOpen: connections.add,
    onShortage: () => void shortages++,
    onFailure: (error) => Promise.reject(error),
  }, server);
  const response = await fetch(`http://127.0.0.1:${port.port}`, {
    headers: { connection: "close" },
  });
  assertEquals(await response.text(), "answered");
  await port.close();
  await connections.ended();
  assertEquals([shortages, stage.ports], [2, [0]]);
});

/** Collects connections, and waits until each has ended. */
function connectionsOf() {
  const closed: Promise<void>[] = [];
  return {
    add(stream: Duplex) {
      const { promise, resolve } = Promise.withResolvers<void>();
      stream.on("close", resolve);
      closed.push(promise);
    },
    ended: () => within(Promise.all(closed), { what: "the connection's end" }),
  };
}
