import { assertEquals } from "@std/assert";
import { acceptReadable, withoutEncoding } from "../../lib/gateway/decode.ts";
import { sourceOf } from "../../lib/system/byte_source.ts";
import { ask, gatewayTo, GOOD, says } from "./raw_gateway.ts";

const ERROR = '{"error":{"message":"Free allocated quota exceeded."}}';

async function encoded(
  text: string,
  ...formats: CompressionFormat[]
): Promise<Uint8Array> {
  let body = new Blob([text]).stream();
  for (const format of formats) {
    body = body.pipeThrough(new CompressionStream(format));
  }
  return await new Response(body).bytes();
}

const ENCODINGS: Record<string, readonly CompressionFormat[]> = {
  "gzip": ["gzip"],
  "x-gzip": ["gzip"],
  "X-GZIP": ["gzip"],
  "deflate": ["deflate"],
  "Deflate": ["deflate-raw"],
  "gzip, gzip": ["gzip", "gzip"],
  "deflate,gzip": ["deflate", "gzip"],
  "gzip, identity": ["gzip"],
  "br": ["brotli" as CompressionFormat],
  "identity": [],
};

for (const [encoding, formats] of Object.entries(ENCODINGS)) {
  const head = (status: string, length: number) =>
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\n` +
    `content-encoding: ${encoding}\r\ncontent-length: ${length}\r\n\r\n`;

  Deno.test(`gateway.fetch() leaves an account out of quota whose error is in ${encoding}`, async () => {
    for (const status of ["429 Slow Down", "200 OK"]) {
      const body = await encoded(ERROR, ...formats);
      await using first = says(head(status, body.length), body);
      await using second = says(GOOD);
      const { gateway, pool } = gatewayTo([first, second]);
      await using _ = gateway;
      assertEquals(await (await gateway.fetch(ask())).text(), "good");
      assertEquals(pool.left, [{ account: 1, kind: "quota" }]);
    }
  });

  Deno.test(`gateway.fetch() passes on an answer in ${encoding} as its header says`, async () => {
    const body = await encoded('{"id":"1"}', ...formats);
    await using first = says(head("200 OK", body.length), body);
    const { gateway } = gatewayTo([first]);
    await using _ = gateway;
    const response = await gateway.fetch(ask());
    assertEquals(await response.text(), '{"id":"1"}');
    assertEquals(response.headers.get("content-encoding"), null);
  });
}

Deno.test("gateway.fetch() passes on what it cannot decode, and says so", async () => {
  await using first = says(
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" +
      "content-encoding: zstd\r\ncontent-length: 3\r\n\r\nabc",
  );
  const { gateway } = gatewayTo([first]);
  await using _ = gateway;
  const response = await gateway.fetch(ask());
  assertEquals(await response.text(), "abc");
  assertEquals(response.headers.get("content-encoding"), "zstd");
  assertEquals(response.headers.get("content-length"), "3");
});

Deno.test("withoutEncoding() returns each piece as it arrives", async () => {
  const pieces = new TransformStream<Uint8Array, Uint8Array>();
  const writer = pieces.writable.getWriter();
  const whole = await encoded("hello", "deflate");
  const body = withoutEncoding(sourceOf(pieces.readable), "deflate");
  for (const byte of whole.subarray(0, -4)) {
    writer.write(Uint8Array.of(byte)).catch(() => {});
  }
  const first = await body?.read(); // without the checksum
  assertEquals(new TextDecoder().decode(first).slice(0, 1), "h");
  await body?.cancel();
});

Deno.test("withoutEncoding() returns nothing for an empty body", async () => {
  const body = withoutEncoding(sourceOf(ReadableStream.from([])), "deflate");
  assertEquals(await body?.read(), undefined);
});

const ACCEPTED: Record<string, string> = {
  "gzip, deflate, br, zstd": "gzip, deflate, br",
  "zstd,gzip": "gzip",
  "zstd;q=1.0, gzip;q=0.5": "gzip;q=0.5",
  zstd: "identity",
  "*": "identity",
  identity: "identity",
};

for (const [accepted, wanted] of Object.entries(ACCEPTED)) {
  Deno.test(`acceptReadable() makes ${wanted} of ${accepted}`, () => {
    const headers = new Headers({ "accept-encoding": accepted });
    acceptReadable(headers);
    assertEquals(headers.get("accept-encoding"), wanted);
  });
}

Deno.test("acceptReadable() adds nothing", () => {
  const headers = new Headers();
  acceptReadable(headers);
  assertEquals([...headers], []);
});
