import { assertEquals } from "@std/assert";
import { sbomOf } from "../../scripts/sbom.ts";

const SUBJECT = {
  name: "it",
  version: "1.2.3",
  license: "MIT",
  runtimes: [{ name: "bun", version: "1.4.5" }],
};

const LOCK = {
  npm: {
    "@scope/a@2.0.0": { integrity: "sha512-AQID", dependencies: ["b"] },
    "b@3.0.0": { integrity: "sha512-/w==" },
  },
};

Deno.test("sbomOf() names every package with its checksum, and the runtime", () => {
  const { components } = sbomOf(LOCK, SUBJECT);
  assertEquals(components, [
    {
      type: "library",
      "bom-ref": "pkg:npm/%40scope/a@2.0.0",
      name: "@scope/a",
      version: "2.0.0",
      purl: "pkg:npm/%40scope/a@2.0.0",
      hashes: [{ alg: "SHA-512", content: "010203" }],
    },
    {
      type: "library",
      "bom-ref": "pkg:npm/b@3.0.0",
      name: "b",
      version: "3.0.0",
      purl: "pkg:npm/b@3.0.0",
      hashes: [{ alg: "SHA-512", content: "ff" }],
    },
    {
      type: "platform",
      "bom-ref": "pkg:npm/bun@1.4.5",
      name: "bun",
      version: "1.4.5",
      purl: "pkg:npm/bun@1.4.5",
    },
  ]);
});

Deno.test("sbomOf() lists the dependencies, each by a known name", () => {
  const { components, dependencies, metadata } = sbomOf(LOCK, SUBJECT);
  assertEquals(dependencies[1], {
    ref: "pkg:npm/%40scope/a@2.0.0",
    dependsOn: ["pkg:npm/b@3.0.0"],
  });
  const known = [metadata.component, ...components].map((it) => it["bom-ref"]);
  const named = dependencies.flatMap((it) => [it.ref, ...it.dependsOn]);
  assertEquals(named.filter((it) => !known.includes(it)), []);
});

Deno.test("sbomOf() reads our own lock file", async () => {
  const lock = new URL("../../deno.lock", import.meta.url);
  const { components } = sbomOf(
    JSON.parse(await Deno.readTextFile(lock)),
    SUBJECT,
  );
  const names = components.map((it) => it.name);
  assertEquals(names.includes("dotenv") && names.includes("uqr"), true);
});
