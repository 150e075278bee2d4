import { inBatches } from "../disk/in_batches.ts";
import type { Snapshot } from "../vault/snapshot.ts";
import { allAccounts } from "../disk/slot_names.ts";
import { readKeySlot } from "../vault/logins/key_slots.ts";
import { readSlot } from "../vault/logins/slots.ts";

type Place = Pick<Snapshot, "layout" | "slots" | "keys">;

/** The accounts that go to the service of one of `indexes`, those included. */
export async function accountsOfServices(
  snapshot: Place,
  indexes: ReadonlySet<number>,
): Promise<Set<number>> {
  const all = await inBatches(allAccounts(snapshot), async (index) => ({
    index,
    service: await serviceOf(snapshot, index),
  }));
  const services = new Set(
    all.filter((it) => indexes.has(it.index)).map((it) => it.service),
  );
  const same = all.filter((it) => services.has(it.service));
  return indexes.union(new Set(same.map((it) => it.index)));
}

/** The host that answers account `index`; `undefined` if its slot is broken. */
async function serviceOf(
  snapshot: Place,
  index: number,
): Promise<string | undefined> {
  const { layout, keys } = snapshot;
  if (keys.includes(index)) {
    const found = await readKeySlot(layout, index);
    return "key" in found ? URL.parse(found.key.baseUrl)?.host : undefined;
  }
  const slot = await readSlot(layout, index);
  return "bytes" in slot
    ? layout.agent.login.addressOf(slot.bytes)?.host
    : undefined;
}
