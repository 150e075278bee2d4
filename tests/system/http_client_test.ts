/**
 * Our HTTP client on each runtime, against a service that writes raw bytes.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Step } from "../fixtures/http_client.ts";
import { signalFor } from "../support/deadline.ts";
import {
  runFixtureWith,
  type TestRuntime,
  testRuntimes,
} from "../support/runtimes.ts";
import { tempDir } from "../support/temp_dir.ts";
import { until } from "../support/until.ts";
import {
  type Answer,
  hangUpOf,
  type Service,
  startService,
  TLS,
  write,
} from "./raw_service.ts";
import { CHUNKED, CUT, OK, REPLIES } from "./sent_replies.ts";

async function run(
  runtime: TestRuntime,
  url: string,
  steps: readonly Step[],
): Promise<string[]> {
  await using home = await tempDir();
  const { stdout, stderr } = await runFixtureWith(
    runtime,
    "http_client.ts",
    [url, JSON.stringify(steps)],
    { home: home.path, env: { NODE_EXTRA_CA_CERTS: `${TLS}ca.pem` } },
  );
  assertMatch(stdout, /^\[/, stderr);
  return JSON.parse(stdout);
}

/** Ways to send a reply: in pieces, over a connection. */
const WAYS = {
  "at once": { isSecure: false, cut: (text: string) => [text] },
  "byte by byte": { isSecure: false, cut: (text: string) => [...text] },
  "over TLS": { isSecure: true, cut: (text: string) => [text] },
};

for (const runtime of await testRuntimes()) {
  const name = `HttpClient of ${runtime.name}`;

  for (const [way, { isSecure, cut }] of Object.entries(WAYS)) {
    Deno.test(`${name} gets the right result of each reply that is sent ${way}`, async () => {
      const short = Object.entries(REPLIES).filter(([, { reply }]) =>
        way !== "byte by byte" || reply.length < 1_000
      );
      const answers = Object.fromEntries(
        short.map(([what, { reply, ends }]): [string, Answer] => [
          `/${what}`,
          async (connection) => {
            for (const it of cut(reply)) await write(connection, it);
            return !ends;
          },
        ]),
      );
      await using service = startService(answers, { isSecure });
      const steps = short.flatMap(([what, { method = "GET" }]): Step[] => [
        { path: "/before" },
        { path: `/${encodeURI(what)}`, method },
        { path: "/after" },
      ]);
      const results = await run(runtime, service.url, steps);
      const told = short.map(([what], at) => {
        const of = service.asked.slice(
          service.asked.findIndex(([, path]) => decodeURI(path) === `/${what}`),
        );
        const next = of.find(([, path]) => path === "/after");
        return [what, results[3 * at + 1], results[3 * at + 2], {
          isReused: next?.[0] === of[0]?.[0],
        }];
      });
      assertEquals(
        told,
        short.map(([what, { wanted, isReused = false }]) => [
          what,
          wanted,
          "200 ok",
          { isReused },
        ]),
      );
    });
  }

  Deno.test(`${name} sends a request once more when the service closes a kept connection, and only then`, async () => {
    await using service = startService({
      "/closes": () => Promise.resolve(false),
      "/begins": async (connection) => {
        await write(connection, "HTTP/1.1 2");
        return false;
      },
      "/closes the second": async (connection, times) => {
        if (times > 1) return false;
        await write(connection, `${OK}Content-Length: 2\r\n\r\nok`);
        return true;
      },
    });
    const post = { method: "POST", size: 200_000 };
    const results = await run(runtime, service.url, [
      { ...post, path: "/closes" }, // a new one
      { path: "/first" },
      { ...post, path: "/closes%20the%20second" },
      { path: "/second" },
      { ...post, path: "/begins" },
      { path: "/third" },
    ]);
    assertEquals(results, [CUT, "200 ok", "200 ok", "200 ok", CUT, "200 ok"]);
    assertEquals(service.asked, [
      [1, "/closes"],
      [2, "/first"],
      [2, "/closes%20the%20second"],
      [3, "/closes%20the%20second"],
      [3, "/second"],
      [3, "/begins"],
      [4, "/third"],
    ]);
  });

  Deno.test(`${name} sends a request only once when the service closes a kept connection after a long time`, async () => {
    await using service = startService({
      "/works": async () => {
        await new Promise((resolve) => setTimeout(resolve, 2_500));
        return false;
      },
    });
    const results = await run(runtime, service.url, [
      { path: "/first" },
      { path: "/works", method: "POST", size: 3 },
    ]);
    assertEquals(results, ["200 ok", CUT]);
    assertEquals(service.asked, [[1, "/first"], [1, "/works"]]);
  });

  Deno.test(`${name} leaves a kept connection that the service has closed or written to`, async () => {
    await using service = startService({
      "/ends": async (connection) => {
        await write(connection, `${OK}Content-Length: 2\r\n\r\nok`);
        return false;
      },
      "/writes": async (connection) => {
        await write(connection, `${OK}Content-Length: 2\r\n\r\nok`);
        await new Promise((resolve) => setTimeout(resolve, 50));
        await write(connection, "HTTP/1.1 408 Timeout\r\n\r\n");
        return true;
      },
    });
    const results = await run(runtime, service.url, [
      { path: "/ends", method: "POST", size: 3 },
      { path: "/a", method: "POST", size: 3, afterMs: 200 },
      { path: "/writes" },
      { path: "/b", method: "POST", size: 3, afterMs: 500 },
    ]);
    assertEquals(results, ["200 ok", "200 ok", "200 ok", "200 ok"]);
    assertEquals(service.asked.map(([id]) => id), [1, 2, 2, 3]);
  });

  Deno.test(`${name} closes the connection of a reply that is canceled or aborted`, async () => {
    const hungUp = ["cancel", "abort", "before"].map(signalFor);
    const waits = (at: number, text: string): Answer => async (connection) => {
      await write(connection, text);
      await hangUpOf(connection);
      hungUp[at]?.resolve();
      return false;
    };
    await using service = startService({
      "/cancel": waits(0, `${CHUNKED}3\r\nabc\r\n`),
      "/abort": waits(1, `${OK}\r\nabc`),
      "/before": waits(2, "HTTP/1.1 2"),
    });
    const results = await run(runtime, service.url, [
      { path: "/cancel", then: "cancel" },
      { path: "/abort", then: "abort" },
      { path: "/before", abortAfterMs: 100 },
    ]);
    assertEquals(results[0], "200");
    assert(results[1] !== "200 abc", "it looks like the end");
    assertEquals(results[2], "aborted");
    await Promise.all(hungUp.map((it) => it.promise));
    assertEquals(service.asked.map(([id]) => id), [1, 2, 3]);
  });

  Deno.test(`${name} closes the connections of requests that are aborted as they open`, async () => {
    await using service: Service = startService({
      "/silent": async (connection) => {
        await hangUpOf(connection);
        return false;
      },
      "/others": async (connection) => {
        await until(
          "all others are closed",
          () => service.openConnections === 1,
        );
        await write(connection, `${OK}Content-Length: 4\r\n\r\nnone`);
        return true;
      },
    });
    const rounds = Array.from(
      { length: 20 },
      (): Step => ({ path: "/silent", times: 50, abortAfterMs: 4 }),
    );
    const results = await run(runtime, service.url, [
      ...rounds,
      { path: "/others" },
    ]);
    assertEquals(results, [...rounds.map(() => "aborted"), "200 none"]);
  });

  Deno.test(`${name} writes no more than the service reads, and heeds a reply that comes early`, async () => {
    await using service = startService({
      "/silent": async () => {
        await new Promise((resolve) => setTimeout(resolve, 500));
        return false;
      },
      "/early": async (connection) => {
        const text = "HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nabc";
        await write(connection, text);
        await hangUpOf(connection);
        return false;
      },
    }, { readsBodies: false });
    const post = { method: "POST", size: 100_000_000 };
    const results = await run(runtime, service.url, [
      { ...post, path: "/silent", abortAfterMs: 300 },
      { ...post, path: "/early" },
    ]);
    assertEquals(results, ["aborted before the body was sent", "413 abc"]);
  });

  Deno.test(`${name} reads no more than is wanted`, async () => {
    let written = 0;
    await using service = startService({
      "/endless": async (connection) => {
        await write(connection, `${OK}Content-Length: 1000000000\r\n\r\n`);
        const bytes = new Uint8Array(65_536);
        while (true) written += await connection.write(bytes);
      },
    });
    const steps: Step[] = [
      { path: "/endless", then: "cancel" },
      { path: "/ok", afterMs: 300 },
    ];
    assertEquals(await run(runtime, service.url, steps), ["200", "200 ok"]);
    assert(written < 100_000_000, `${written} bytes`);
  });

  Deno.test(`${name} sends 300 requests at a time, and large bodies both ways`, async () => {
    const all = signalFor("all requests");
    let waiting = 0;
    const size = 5_000_000;
    await using service = startService({
      "/all": async (connection) => {
        if (++waiting === 300) all.resolve();
        await all.promise;
        await write(connection, `${OK}Content-Length: 2\r\n\r\nok`);
        return true;
      },
      "/large": async (connection) => {
        const body = "x".repeat(size);
        await write(connection, `${OK}Content-Length: ${size}\r\n\r\n${body}`);
        return true;
      },
    });
    const results = await run(runtime, service.url, [
      { path: "/all", times: 300 },
      { path: "/large", method: "PUT", size },
    ]);
    assertEquals(results, ["200 ok", `200 ${size} bytes`]);
    assertEquals(service.head.toLowerCase().split("\r\n").toSorted(), [
      `content-length: ${size}`,
      `host: ${new URL(service.url).host}`,
      "put /large http/1.1",
      "x-own: \xe9",
    ]);
  });
}
