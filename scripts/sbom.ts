/** The parts of `deno.lock` that we read. */
export interface LockFile {
  /** The packages of npm, by `name@version`. */
  npm: Record<string, { integrity: string; dependencies?: string[] }>;
}

/** The program that the list describes. */
export interface Subject {
  /** The name of the program. */
  name: string;
  /** Its version. */
  version: string;
  /** The identifier of its license in SPDX. */
  license: string;
  /** The engines of the binaries, such as `bun` 1.4.5. */
  runtimes: readonly { name: string; version: string }[];
}

/**
 * Returns the list of the parts of a release, a CycloneDX 1.6 document. It has
 * neither a time nor a serial number, so that the same lock file gives the same
 * text.
 */
export function sbomOf(lock: LockFile, subject: Subject) {
  const { name, version, license, runtimes } = subject;
  const reference = `${name}@${version}`;
  const packages = Object.entries(lock.npm).map(([id, it]) => ({
    ...componentOf("library", id),
    hashes: [hashOf(it.integrity)],
  }));
  const engines = runtimes.map((it) =>
    componentOf("platform", `${it.name}@${it.version}`)
  );
  const refs = [...packages, ...engines].map((it) => it["bom-ref"]);
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": reference,
        name,
        version,
        licenses: [{ license: { id: license } }],
      },
    },
    components: [...packages, ...engines],
    dependencies: [
      { ref: reference, dependsOn: refs },
      ...Object.entries(lock.npm).map(([id, { dependencies = [] }]) => ({
        ref: purlOf(id),
        dependsOn: dependencies.map((it) => purlOf(withVersion(it, lock))),
      })),
    ],
  };
}

function componentOf(type: "library" | "platform", id: string) {
  const at = id.lastIndexOf("@");
  const [name, version] = [id.slice(0, at), id.slice(at + 1)];
  return { type, "bom-ref": purlOf(id), name, version, purl: purlOf(id) };
}

/** A package URL, in which the `@` of a scope is written as `%40`. */
function purlOf(id: string): string {
  return `pkg:npm/${id.replace(/^@/, "%40")}`;
}

/** A lock file omits the version if there is only one. */
function withVersion(id: string, lock: LockFile): string {
  if (id.lastIndexOf("@") > 0) return id;
  return Object.keys(lock.npm).find((it) => it.startsWith(`${id}@`)) ?? id;
}

/** Converts a checksum from the form of npm, `sha512-<base64>`. */
function hashOf(integrity: string): { alg: string; content: string } {
  const [name = "", base64 = ""] = integrity.split(/-(.*)/s);
  const content = Uint8Array.fromBase64(base64).toHex();
  return { alg: name.toUpperCase().replace("SHA", "SHA-"), content };
}
