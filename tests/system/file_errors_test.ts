import { assertEquals } from "@std/assert";
import { errorCode, namingFile } from "../../lib/system/file_errors.ts";
import { messageOf } from "../../lib/system/message_of.ts";

/** The runtimes' messages for a file system without locks. */
const NO_LOCKS: Record<string, Error> = {
  Deno: new Error("No locks available (os error 37)"),
  Bun: Object.assign(new Error("ENOLCK: no locks available, flock"), {
    code: "ENOLCK",
  }),
};

for (const [runtime, failure] of Object.entries(NO_LOCKS)) {
  Deno.test(`namingFile() names the file and the call in a failure of ${runtime}`, async () => {
    const action = () => Promise.reject(failure);
    const error = await namingFile("/q/lock", action, "flock").catch((it) =>
      it
    );
    assertEquals(messageOf(error), 'Cannot lock "/q/lock": no locks available');
    assertEquals(errorCode(error), "ENOLCK");
  });
}

for (const [number, code] of [[38, "ENOSYS"], [95, "EOPNOTSUPP"]]) {
  Deno.test(`errorCode() returns ${code} where Deno has only the number`, () => {
    const error = new Error(`Something (os error ${number})`);
    assertEquals(errorCode(error), `${code}`);
  });
}
