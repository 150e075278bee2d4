import { assertEquals } from "@std/assert";
import { replyOf } from "../../lib/gateway/reply.ts";
import { denoListen } from "../../lib/system/deno/listener.ts";
import { serve } from "../../lib/system/http_server.ts";
import { within } from "../support/deadline.ts";
import { until } from "../support/until.ts";
import { listenWith } from "./failing_listener.ts";

/** Serves one text on connections that Deno accepts. */
function serveText(onFailure: (error: unknown) => void) {
  return serve(
    () => Promise.resolve(replyOf(new Response("answered"))),
    { onFailure },
    { listen: denoListen, limit: 8 },
  );
}

async function ask(port: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}`, {
    headers: { connection: "close" },
  });
  return await response.text();
}

Deno.test("denoListen() listens again on the same port when accepting fails", async () => {
  await using stage = listenWith([new Error("It broke")]);
  const failures: unknown[] = [];
  await using server = serveText((error) => failures.push(error));
  await until("it listens again", () => stage.ports.length === 2);
  assertEquals(await ask(server.port), "answered");
  assertEquals(failures, []);
  assertEquals(stage.ports, [0, server.port]);
});

Deno.test("denoListen() reports why it cannot listen again", async () => {
  const inUse = new Deno.errors.AddrInUse(
    "Address already in use (os error 98)",
  );
  await using _ = listenWith([new Error("It broke")], inUse);
  const failed = Promise.withResolvers<unknown>();
  await using server = serveText(failed.resolve);
  const error = await within(failed.promise, { what: "the failure" });
  assertEquals(
    String(error),
    `Error: Cannot accept connections on 127.0.0.1:${server.port}: address already in use`,
  );
});

Deno.test("denoListen() makes room and accepts again when there are too many files", async () => {
  const shortage = Object.assign(
    new Error("Too many open files (os error 24)"),
    { code: "EMFILE" },
  );
  await using stage = listenWith([shortage, shortage]);
  let shortages = 0;
  const opened = Promise.withResolvers<void>();
  const { port, close } = denoListen({
    onOpen(connection) {
      connection.destroy();
      opened.resolve();
    },
    onShortage: () => void shortages++,
    onFailure: opened.reject,
  });
  using _ = await Deno.connect({ hostname: "127.0.0.1", port });
  await within(opened.promise, { what: "the connection" });
  await close();
  assertEquals([shortages, stage.ports], [2, [0]]);
});
