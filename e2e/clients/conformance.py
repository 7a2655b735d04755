"""Does with librdkafka what applications do, and prints what came of it as JSON. Groups and transactions are left out."""
import argparse
import json

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

arguments = argparse.ArgumentParser()
arguments.add_argument("--bootstrap", required=True)
options = arguments.parse_args()
common = {"bootstrap.servers": options.bootstrap}
admin = AdminClient(common)
topic = "librdkafka"
partition = TopicPartition(topic, 0)
report = {}


def result(futures):
    """The one result of a call for one thing, or the name of its error."""
    (future,) = futures.values()
    try:
        return future.result(timeout=20)
    except KafkaException as error:
        return error.args[0].name()


def retention():
    resource = ConfigResource(ResourceType.TOPIC, topic)
    return result(admin.describe_configs([resource]))["retention.ms"].value


def offset_at(spec):
    return result(admin.list_offsets({partition: spec})).offset


report["created"] = result(admin.create_topics([NewTopic(topic, 1, 1, config={"retention.ms": "1000000000"})]))
report["created again"] = result(admin.create_topics([NewTopic(topic, 1, 1)]))
report["bad config"] = result(admin.create_topics([NewTopic("bad", 1, 1, config={"no.such.config": "1"})]))

delivered = []
producer = Producer(
    {
        **common,
        "enable.idempotence": True,
        "compression.type": "lz4",
        "linger.ms": 5,
        # How long a topic that there is not may still be on its way.
        "topic.metadata.propagation.max.ms": 500,
    }
)
for number in range(100):
    producer.produce(
        topic,
        key=b"key %d" % number if number % 2 == 0 else None,
        value=b"value %d" % number if number % 5 != 0 else None,
        headers=[("number", str(number)), ("number", "again"), ("none", None)],
        timestamp=1_700_000_000_000 + number,
        partition=0,
        on_delivery=lambda error, message: delivered.append(error.name() if error else message.offset()),
    )
producer.flush(20)
report["delivered in order"] = delivered == list(range(100))

consumer = Consumer({**common, "group.id": "none", "enable.auto.commit": False})
consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
messages = []
while len(messages) < 100:
    messages.extend(consumer.consume(100 - len(messages), timeout=1))
report["as they were sent"] = all(
    message.error() is None
    and message.key() == (b"key %d" % number if number % 2 == 0 else None)
    and message.value() == (b"value %d" % number if number % 5 != 0 else None)
    and message.headers() == [("number", str(number).encode()), ("number", b"again"), ("none", None)]
    and message.timestamp()[1] == 1_700_000_000_000 + number
    and message.offset() == number
    for number, message in enumerate(messages)
)
report["watermarks"] = consumer.get_watermark_offsets(partition, timeout=20, cached=False)
times = [TopicPartition(topic, 0, 1_700_000_000_050), TopicPartition(topic, 0, 1_800_000_000_000)]
report["offsets for times"] = [consumer.offsets_for_times([time], timeout=20)[0].offset for time in times]
report["list offsets"] = {
    "earliest": offset_at(OffsetSpec.earliest()),
    "latest": offset_at(OffsetSpec.latest()),
    "max timestamp": offset_at(OffsetSpec.max_timestamp()),
    "timestamp": offset_at(OffsetSpec.for_timestamp(1_700_000_000_010)),
}
report["deleted records"] = result(admin.delete_records([TopicPartition(topic, 0, 40)])).low_watermark
report["earliest afterwards"] = offset_at(OffsetSpec.earliest())
report["deleted beyond the end"] = result(admin.delete_records([TopicPartition(topic, 0, 1_000)]))
consumer.close()

report["retention"] = retention()
change = ConfigResource(
    ResourceType.TOPIC,
    topic,
    incremental_configs=[ConfigEntry("retention.ms", "2000000000", incremental_operation=AlterConfigOpType.SET)],
)
report["altered"] = result(admin.incremental_alter_configs([change]))
report["retention afterwards"] = retention()
report["grown"] = result(admin.create_partitions([NewPartitions(topic, 3)]))
report["partitions"] = sorted(admin.list_topics(topic, timeout=20).topics[topic].partitions)
cluster = admin.describe_cluster().result(timeout=20)
report["brokers"] = [f"{node.host}:{node.port}" for node in cluster.nodes]
report["cluster has an id"] = len(cluster.cluster_id) == 22

refused = []
producer.produce("no-such-topic", b"value", on_delivery=lambda error, _: refused.append(error and error.name()))
large = Producer({**common, "message.max.bytes": 10_000_000})
large.produce(topic, b"x" * 2_000_000, on_delivery=lambda error, _: refused.append(error and error.name()))
large.flush(20)
producer.flush(20)
report["refused"] = refused
report["deleted"] = result(admin.delete_topics([topic]))
report["deleted again"] = result(admin.delete_topics([topic]))
print(json.dumps(report))
