import { MemoryRaftStorage } from "./memory-raft-storage.ts";
import { runRaftStorageSuite } from "./raft-storage-suite.ts";

runRaftStorageSuite("memory", {
  make: async () => new MemoryRaftStorage(),
  reopen: async (storage) => storage,
});
