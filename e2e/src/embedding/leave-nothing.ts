// Run by itself: the process has to end on its own, with nothing left that would keep it.
import { startMillrace } from "@millrace/server";

{
  await using cluster = await startMillrace({ topics: ["orders"] });
  const client = cluster.client();
  await client.producer().send({ topic: "orders", value: "one" });
  for await (const { value } of client.read({ topic: "orders", partition: 0, until: "end" })) {
    console.log(String(value));
  }
}
console.log("closed");
