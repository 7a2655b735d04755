"""Reads one partition from its beginning to what is its end now, and writes the values as they are."""
import argparse
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

arguments = argparse.ArgumentParser()
arguments.add_argument("--bootstrap", required=True)
arguments.add_argument("--topic", required=True)
arguments.add_argument("--partition", type=int, default=0)
arguments.add_argument("--delimiter", default="", help="written behind every value")
options = arguments.parse_args()

consumer = Consumer(
    {
        "bootstrap.servers": options.bootstrap,
        "group.id": "unused: partitions are assigned by hand",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "check.crcs": True,
    }
)
consumer.assign([TopicPartition(options.topic, options.partition, OFFSET_BEGINNING)])
delimiter = options.delimiter.encode().decode("unicode_escape").encode()
expected = None
at_end = False
while not at_end:
    for message in consumer.consume(num_messages=1000, timeout=0.2):
        if message.error() is None:
            if expected is not None and message.offset() != expected:
                sys.exit(f"offset {message.offset()} came, {expected} was due")
            expected = message.offset() + 1
            sys.stdout.buffer.write(message.value() + delimiter)
        elif message.error().code() == KafkaError._PARTITION_EOF:
            at_end = True
        else:
            raise KafkaException(message.error())
consumer.close()
