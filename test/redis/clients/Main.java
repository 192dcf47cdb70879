// Lettuce with its default options, as people have it: one line for each thing that held, `not ok` for each that did not.
// Arguments: the proxy's port, then any of `sessions` and `tls`.
import io.lettuce.core.*;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.pubsub.*;
import java.util.*;
import java.util.concurrent.*;

public class Main {
  static boolean failed = false;

  interface Attempt {
    Object get() throws Exception;
  }

  static void is(String name, Object expected, Attempt attempt) {
    Object got;
    try {
      got = attempt.get();
    } catch (Exception e) {
      got = e;
    }
    boolean ok = Objects.equals(got, expected);
    failed |= !ok;
    System.out.println(ok ? "ok " + name : "not ok " + name + ": " + got);
  }

  public static void main(String[] args) throws Exception {
    List<String> words = Arrays.asList(args);
    RedisURI uri = RedisURI.create("127.0.0.1", Integer.parseInt(args[0]));
    if (words.contains("tls")) {
      uri.setSsl(true);
      uri.setVerifyPeer(false);
    }
    RedisClient client = RedisClient.create(uri);
    StatefulRedisConnection<String, String> connection = client.connect();
    RedisCommands<String, String> c = connection.sync();
    is("PING", "PONG", c::ping);
    is("SET with a time", "OK", () -> c.set("k", "v", SetArgs.Builder.ex(60)));
    is("GET", "v", () -> c.get("k"));
    is("GET of nothing", null, () -> c.get("none"));
    is("MGET", List.of(KeyValue.just("k", "v"), KeyValue.empty("none")), () -> c.mget("k", "none"));
    is("HSET", true, () -> c.hset("h", "a", "1"));
    is("HGETALL", Map.of("a", "1"), () -> c.hgetall("h"));
    is("ZADD", 1L, () -> c.zadd("z", 1.5, "m"));
    is("ZRANGE WITHSCORES", List.of(ScoredValue.just(1.5, "m")), () -> c.zrangeWithScores("z", 0, -1));
    is("EVAL", List.of("k", "x"), () -> c.eval("return {KEYS[1], ARGV[1]}", ScriptOutputType.MULTI, new String[] {"k"}, "x"));
    is("XADD", "1-1", () -> c.xadd("s", XAddArgs.Builder.minId("0").id("1-1"), Map.of("f", "v")));
    is("XRANGE", Map.of("f", "v"), () -> c.xrange("s", Range.unbounded()).get(0).getBody());
    RedisAsyncCommands<String, String> async = connection.async();
    is("a pipeline of 1,000", 0L, () -> {
      connection.setAutoFlushCommands(false);
      List<RedisFuture<Long>> sums = new ArrayList<>();
      for (int i = 0; i < 1000; i++) sums.add(async.incrby("n" + i % 7, 1));
      connection.flushCommands();
      connection.setAutoFlushCommands(true);
      long wrong = 0;
      for (int i = 0; i < 1000; i++) if (sums.get(i).get(20, TimeUnit.SECONDS) != i / 7 + 1) wrong++;
      return wrong;
    });
    is("a transaction", "[OK, 2]", () -> {
      c.multi();
      c.set("{t}a", "1");
      c.incr("{t}a");
      List<Object> replies = new ArrayList<>();
      for (Object one : c.exec()) replies.add(one);
      return replies.toString();
    });
    is("WATCH", true, () -> {
      c.watch("{t}a");
      c.multi();
      c.set("{t}a", "3");
      return c.exec().wasDiscarded() == false && "3".equals(c.get("{t}a"));
    });
    is("50 at once, each with its own", 0L, () -> {
      ExecutorService pool = Executors.newFixedThreadPool(50);
      List<Future<Long>> all = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        String key = "own" + i;
        all.add(pool.submit(() -> {
          try (StatefulRedisConnection<String, String> own = client.connect()) {
            long wrong = 0;
            for (int j = 0; j < 20; j++) {
              own.sync().set(key, key + "." + j);
              if (!own.sync().get(key).equals(key + "." + j)) wrong++;
            }
            return wrong;
          }
        }));
      }
      long wrong = 0;
      for (Future<Long> one : all) wrong += one.get(30, TimeUnit.SECONDS);
      pool.shutdown();
      return wrong;
    });
    if (words.contains("sessions")) {
      BlockingQueue<String> heard = new LinkedBlockingQueue<>();
      StatefulRedisPubSubConnection<String, String> ear = client.connectPubSub();
      ear.addListener(new RedisPubSubAdapter<String, String>() {
        @Override
        public void message(String channel, String message) {
          heard.add(channel + ": " + message);
        }
      });
      ear.sync().subscribe("ch");
      c.publish("ch", "hello");
      is("a message", "ch: hello", () -> heard.poll(10, TimeUnit.SECONDS));
      c.rpush("l", "x");
      is("BLPOP", KeyValue.just("l", "x"), () -> c.blpop(1, "l"));
      is("BLPOP of nothing", null, () -> c.blpop(1, "l"));
      is("SELECT", "OK", () -> c.select(3));
    }
    client.shutdown(0, 1, TimeUnit.SECONDS);
    System.exit(failed ? 1 : 0);
  }
}
