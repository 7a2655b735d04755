export { BROKER, QuorumUnderTest } from "./quorum-under-test.ts";
export { TopicCreator } from "./topic-creator.ts";
