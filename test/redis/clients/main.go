// go-redis with its default options, as people have it: one line for each thing that held, `not ok` for each that did not.
// Arguments: the proxy's address, then any of `sessions` and `tls`.
package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"reflect"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

var failed bool

func holds(name string, ok bool, got any) {
	if ok {
		fmt.Println("ok", name)
		return
	}
	failed = true
	fmt.Printf("not ok %s: %v\n", name, got)
}

func is(name string, err error, got any, expected any) {
	holds(name, err == nil && reflect.DeepEqual(got, expected), fmt.Sprint(err, " ", got))
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	options := &redis.Options{Addr: os.Args[1]}
	sessions := false
	for _, word := range os.Args[2:] {
		if word == "tls" {
			options.TLSConfig = &tls.Config{InsecureSkipVerify: true}
		}
		sessions = sessions || word == "sessions"
	}
	c := redis.NewClient(options)
	defer c.Close()

	pong, err := c.Ping(ctx).Result()
	is("PING", err, pong, "PONG")
	set, err := c.Set(ctx, "k", "v", time.Minute).Result()
	is("SET with a time", err, set, "OK")
	got, err := c.Get(ctx, "k").Result()
	is("GET", err, got, "v")
	_, err = c.Get(ctx, "none").Result()
	holds("GET of nothing", err == redis.Nil, err)
	list, err := c.MGet(ctx, "k", "none").Result()
	is("MGET", err, list, []any{"v", nil})
	_, err = c.HSet(ctx, "h", "a", "1").Result()
	is("HSET", err, nil, nil)
	fields, err := c.HGetAll(ctx, "h").Result()
	is("HGETALL", err, fields, map[string]string{"a": "1"})
	_, err = c.ZAdd(ctx, "z", redis.Z{Score: 1.5, Member: "m"}).Result()
	is("ZADD", err, nil, nil)
	scores, err := c.ZRangeWithScores(ctx, "z", 0, -1).Result()
	is("ZRANGE WITHSCORES", err, scores, []redis.Z{{Score: 1.5, Member: "m"}})
	script := redis.NewScript("return {KEYS[1], ARGV[1]}")
	run, err := script.Run(ctx, c, []string{"k"}, "x").Result()
	is("EVALSHA, then EVAL", err, run, []any{"k", "x"})
	id, err := c.XAdd(ctx, &redis.XAddArgs{Stream: "s", ID: "1-1", Values: []string{"f", "v"}}).Result()
	is("XADD", err, id, "1-1")
	entries, err := c.XRange(ctx, "s", "-", "+").Result()
	is("XRANGE", err, entries, []redis.XMessage{{ID: "1-1", Values: map[string]any{"f": "v"}}})

	pipe := c.Pipeline()
	var sums []*redis.IntCmd
	for i := 0; i < 1000; i++ {
		sums = append(sums, pipe.IncrBy(ctx, fmt.Sprint("n", i%7), 1))
	}
	_, err = pipe.Exec(ctx)
	wrong := 0
	for i, sum := range sums {
		if sum.Val() != int64(i/7+1) {
			wrong++
		}
	}
	is("a pipeline of 1,000", err, wrong, 0)

	tx := c.TxPipeline()
	a := tx.Set(ctx, "{t}a", "1", 0)
	b := tx.Incr(ctx, "{t}a")
	_, err = tx.Exec(ctx)
	is("a transaction", err, []any{a.Val(), b.Val()}, []any{"OK", int64(2)})
	err = c.Watch(ctx, func(tx *redis.Tx) error {
		n, err := tx.Get(ctx, "{t}a").Int()
		if err != nil {
			return err
		}
		_, err = tx.TxPipelined(ctx, func(p redis.Pipeliner) error { return p.Set(ctx, "{t}a", n+1, 0).Err() })
		return err
	}, "{t}a")
	after, _ := c.Get(ctx, "{t}a").Result()
	is("WATCH", err, after, "3")

	var all sync.WaitGroup
	errors := make(chan error, 50)
	for i := 0; i < 50; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			key := fmt.Sprint("own", i)
			for j := 0; j < 20; j++ {
				value := fmt.Sprint(i, ".", j)
				if err := c.Set(ctx, key, value, 0).Err(); err != nil {
					errors <- err
				} else if got, err := c.Get(ctx, key).Result(); err != nil || got != value {
					errors <- fmt.Errorf("%v %s", err, got)
				}
			}
		}()
	}
	all.Wait()
	close(errors)
	is("50 at once, each with its own", <-errors, nil, nil)

	if sessions {
		ear := c.Subscribe(ctx, "ch")
		_, err = ear.Receive(ctx)
		is("SUBSCRIBE", err, nil, nil)
		c.Publish(ctx, "ch", "hello")
		said, err := ear.ReceiveMessage(ctx)
		is("a message", err, said.Payload, "hello")
		ear.Close()
		c.RPush(ctx, "l", "x")
		popped, err := c.BLPop(ctx, time.Second, "l").Result()
		is("BLPOP", err, popped, []string{"l", "x"})
		tenth, err := c.BLPop(ctx, time.Second, "l").Result()
		holds("BLPOP of nothing", err == redis.Nil, fmt.Sprint(tenth, err))
	}
	if failed {
		os.Exit(1)
	}
}
