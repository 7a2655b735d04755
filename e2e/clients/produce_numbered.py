"""Produces 0, 1, 2, ... with the idempotent producer until SIGTERM, then flushes.

Writes a line "<number> <offset>" for each number that is acknowledged. A number that the producer gives up ends it
with exit code 1.
"""
import argparse
import signal
import sys

from confluent_kafka import Producer

arguments = argparse.ArgumentParser()
arguments.add_argument("--bootstrap", required=True)
arguments.add_argument("--topic", required=True)
arguments.add_argument("--partition", type=int, default=0)
arguments.add_argument("--compression", default="none")
arguments.add_argument("--pad", type=int, default=0, help="bytes behind the number")
options = arguments.parse_args()

stopped = False


def stop(*_):
    global stopped
    stopped = True


signal.signal(signal.SIGTERM, stop)
given_up = []


def delivered(error, message):
    if error is None:
        print(int(message.value().split(b" ", 1)[0]), message.offset(), flush=True)
    else:
        given_up.append(error)


producer = Producer(
    {
        "bootstrap.servers": options.bootstrap,
        "enable.idempotence": True,
        "compression.type": options.compression,
        "linger.ms": 1,
        "reconnect.backoff.ms": 20,
        "reconnect.backoff.max.ms": 200,
        "retry.backoff.ms": 20,
        "delivery.timeout.ms": 120_000,
        "log_level": 0,
    }
)
padding = b" " + b"x" * options.pad
number = 0
while not stopped and not given_up:
    # At most so many on their way: the producer must not run far ahead of a broker that is down.
    if len(producer) < 2_000:
        producer.produce(options.topic, b"%d" % number + padding, partition=options.partition, on_delivery=delivered)
        number += 1
        producer.poll(0)
    else:
        producer.poll(0.05)
producer.flush()
for error in given_up:
    print(error, file=sys.stderr)
sys.exit(1 if given_up else 0)
