// A voter of HashiCorp's raft for bench/src/raft.bench.ts: log in raft-wal (one fsync a batch), term and vote in
// boltdb, TCP between voters. It prints "leading" when it leads, and for each line "load IN_FLIGHT SECONDS BYTES"
// on stdin it proposes that many at a time from this process and prints one line of JSON.
//
//	hashicorp-raft ID DIR ADDRESS_OF_1 ADDRESS_OF_2 ADDRESS_OF_3
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"
	raftboltdb "github.com/hashicorp/raft-boltdb/v2"
	wal "github.com/hashicorp/raft-wal"
)

// counter is a state machine that only counts: what is measured is consensus.
type counter struct{ applied uint64 }

func (c *counter) Apply(*raft.Log) any                 { c.applied++; return nil }
func (c *counter) Snapshot() (raft.FSMSnapshot, error) { return c, nil }
func (c *counter) Restore(r io.ReadCloser) error       { return r.Close() }
func (c *counter) Persist(s raft.SnapshotSink) error   { return s.Close() }
func (c *counter) Release()                            {}

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

func main() {
	id := must(strconv.Atoi(os.Args[1]))
	directory, addresses := os.Args[2], os.Args[3:]

	config := raft.DefaultConfig()
	config.LocalID = raft.ServerID(os.Args[1])
	config.BatchApplyCh = true
	config.Logger = hclog.NewNullLogger()
	logs := must(wal.Open(must(filepath.Abs(directory))))
	stable := must(raftboltdb.NewBoltStore(filepath.Join(directory, "stable.db")))
	transport := must(raft.NewTCPTransport(addresses[id-1], nil, 3, 5*time.Second, io.Discard))
	snapshots := raft.NewDiscardSnapshotStore()

	servers := raft.Configuration{}
	for i, address := range addresses {
		server := raft.Server{ID: raft.ServerID(strconv.Itoa(i + 1)), Address: raft.ServerAddress(address)}
		servers.Servers = append(servers.Servers, server)
	}
	if err := raft.BootstrapCluster(config, logs, stable, snapshots, transport, servers); err != nil {
		log.Fatal(err)
	}
	node := must(raft.NewRaft(config, &counter{}, logs, stable, snapshots, transport))
	go func() {
		for leading := range node.LeaderCh() {
			if leading {
				fmt.Println("leading")
			}
		}
	}()

	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var inFlight, seconds, bytes int
		must(fmt.Sscanf(lines.Text(), "load %d %d %d", &inFlight, &seconds, &bytes))
		result := must(json.Marshal(load(node, inFlight, time.Duration(seconds)*time.Second, bytes)))
		fmt.Println(string(result))
	}
}

type figures struct {
	ProposalsPerSecond float64 `json:"proposalsPerSecond"`
	P50Ms              float64 `json:"p50Ms"`
	P99Ms              float64 `json:"p99Ms"`
}

func load(node *raft.Raft, inFlight int, lasts time.Duration, bytes int) figures {
	payload := make([]byte, bytes)
	latencies := make([][]float64, inFlight)
	startedAt := time.Now()
	var proposers sync.WaitGroup
	for proposer := range inFlight {
		proposers.Go(func() {
			for time.Since(startedAt) < lasts {
				proposedAt := time.Now()
				if err := node.Apply(payload, 0).Error(); err != nil {
					log.Fatal(err)
				}
				latencies[proposer] = append(latencies[proposer], time.Since(proposedAt).Seconds()*1e3)
			}
		})
	}
	proposers.Wait()
	took := time.Since(startedAt).Seconds()
	all := slices.Concat(latencies...)
	slices.Sort(all)
	return figures{float64(len(all)) / took, all[len(all)/2], all[len(all)*99/100]}
}
