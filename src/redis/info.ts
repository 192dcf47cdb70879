/**
 * INFO and INFO.SHARD. What one host says of itself goes to the client whole; the INFO of several becomes one as in Envoy's
 * InfoCmdAggregateResponseHandler (redis_proxy/info_command_handler.cc): the fields below, added up, the greatest, or the first host's.
 */
import { trimOws } from '../codec/ows.ts';
import { asciiLower } from '../platform/wire-text.ts';
import { type Aggregator, ITS_OWN, ofAllHosts } from './aggregators.ts';
import type { HostsChoice } from './command-table.ts';
import { NO_UPSTREAM } from './local-answers.ts';

/**
 * The fields of each section, in the order of the answer. They are added up unless a letter behind the name says otherwise: `=` the first host's
 * text, `^` the greatest; `~` what the field before it adds up to, for people to read. Then, `=` and a value: always this.
 */
const FIELDS: readonly (readonly [section: string, names: string])[] = [
  [
    'Server',
    'redis_version= redis_git_sha1= redis_git_dirty= redis_build_id= redis_mode=cluster os= arch_bits= monotonic_clock= gcc_version= ' +
      'multiplexing_api= atomicvar_api= process_supervised= run_id= server_time_usec= uptime_in_seconds^ uptime_in_days^ hz= ' +
      'configured_hz= lru_clock= executable= config_file= io_threads_active^',
  ],
  [
    'Clients',
    'connected_clients cluster_connections maxclients= client_recent_max_input_buffer^ client_recent_max_output_buffer^ blocked_clients ' +
      'tracking_clients pubsub_clients watching_clients clients_in_timeout_table total_watched_keys total_blocking_keys ' +
      'total_blocking_keys_on_nokey',
  ],
  [
    'Memory',
    'used_memory used_memory_human~ used_memory_rss used_memory_rss_human~ used_memory_peak^ used_memory_peak_human~ ' +
      'used_memory_peak_time= used_memory_overhead used_memory_startup used_memory_dataset total_system_memory ' +
      'total_system_memory_human~ used_memory_lua used_memory_vm_eval used_memory_lua_human~used_memory_lua used_memory_scripts_eval ' +
      'number_of_cached_scripts number_of_functions number_of_libraries used_memory_vm_functions used_memory_vm_total ' +
      'used_memory_vm_total_human~ used_memory_functions used_memory_scripts used_memory_scripts_human~ maxmemory maxmemory_human~ ' +
      'maxmemory_policy= mem_fragmentation_bytes allocator_frag_bytes allocator_rss_bytes rss_overhead_bytes allocator_allocated ' +
      'allocator_active allocator_resident allocator_muzzy mem_not_counted_for_evict mem_clients_slaves mem_clients_normal ' +
      'mem_cluster_links mem_cluster_slot_migration_output_buffer mem_cluster_slot_migration_input_buffer ' +
      'mem_cluster_slot_migration_input_buffer_peak^ mem_aof_buffer mem_replication_backlog mem_total_replication_buffers ' +
      'mem_allocator= mem_overhead_db_hashtable_rehashing active_defrag_running^ lazyfree_pending_objects lazyfreed_objects',
  ],
  [
    'Stats',
    'total_connections_received total_commands_processed instantaneous_ops_per_sec total_net_input_bytes total_net_output_bytes ' +
      'total_net_repl_input_bytes total_net_repl_output_bytes instantaneous_input_kbps instantaneous_output_kbps ' +
      'instantaneous_input_repl_kbps instantaneous_output_repl_kbps rejected_connections sync_full sync_partial_ok sync_partial_err ' +
      'expired_subkeys expired_keys expired_stale_perc^ expired_time_cap_reached_count expire_cycle_cpu_milliseconds evicted_keys ' +
      'evicted_clients evicted_scripts total_eviction_exceeded_time current_eviction_exceeded_time^ keyspace_hits keyspace_misses ' +
      'pubsub_channels pubsub_patterns pubsubshard_channels latest_fork_usec^ total_forks migrate_cached_sockets ' +
      'slave_expires_tracked_keys active_defrag_hits active_defrag_misses active_defrag_key_hits active_defrag_key_misses ' +
      'total_active_defrag_time current_active_defrag_time^ tracking_total_keys tracking_total_items tracking_total_prefixes ' +
      'unexpected_error_replies total_error_replies dump_payload_sanitizations total_reads_processed total_writes_processed ' +
      'io_threaded_reads_processed io_threaded_writes_processed client_query_buffer_limit_disconnections ' +
      'client_output_buffer_limit_disconnections reply_buffer_shrinks reply_buffer_expands eventloop_cycles eventloop_duration_sum ' +
      'eventloop_duration_cmd_sum instantaneous_eventloop_cycles_per_sec instantaneous_eventloop_duration_usec^ ' +
      'acl_access_denied_auth acl_access_denied_cmd acl_access_denied_key acl_access_denied_channel',
  ],
  [
    'CPU',
    'used_cpu_sys used_cpu_user used_cpu_sys_children used_cpu_user_children used_cpu_sys_main_thread used_cpu_user_main_thread',
  ],
  ['Cluster', 'cluster_enabled=1'],
  ['Keyspace', 'db0@'],
];
const FIELD = /^(\w+)(?:([=^~@])(\w*))?$/;

const DOLLAR = 36;
const EQUALS = 61;
/** `txt:` */
const KIND_BYTES = 4;
const SECTION = 32;
const WRONG_TYPE = '-unexpected response type received from shard\r\n';
const INTEGER = /^[-+]?\d+$/;
const LARGEST = (1n << 63n) - 1n;
const UNITS = ['K', 'M', 'G', 'T', 'P'];
const BEYOND_UNITS = 1n << 60n;

interface Field {
  readonly section: string;
  readonly name: string;
  /** '' for a sum. */
  readonly how: string;
  readonly of: string;
  number: bigint;
  text: string;
}

export const info: HostsChoice = (asked, hosts) => {
  if (hosts <= 1) return null;
  const section = asked.argc > 1 ? asciiLower(asked.word(1).toString('latin1', 0, SECTION)) : '';
  return merged(section);
};

/** `INFO.SHARD place [section]`: what the host in this place says of itself. */
export const infoShard: HostsChoice = (asked, hosts) => {
  if (asked.argc > 3) return `-wrong number of arguments for '${asked.echoed(0)}' command\r\n`;
  const text = trimOws(asked.word(1).toString('latin1', 0, SECTION));
  const place = /^\+?\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(place <= 0xffff)) return '-ERR invalid shard_id - must be a numeric shard index\r\n';
  if (hosts === 0) return NO_UPSTREAM;
  if (place >= hosts) return `-ERR shard_id ${place} out of range (0-${hosts - 1})\r\n`;
  const section = asked.argc > 2 ? asked.word(2) : null;
  const words = section === null ? [] : [Buffer.from(`$${section.length}\r\n`), section, Buffer.from('\r\n')];
  const request = Buffer.concat([Buffer.from(`*${asked.argc - 1}\r\n$4\r\nINFO\r\n`), ...words]);
  return { host: place, request, command: 'info', aggregator: ITS_OWN };
};

/** `section`: lower case; '' for all. */
function merged(section: string): Aggregator {
  return ofAllHosts(false, (replies) => {
    const fields = makeFields(section);
    const byName = new Map(fields.map((f) => [f.name, f]));
    for (const reply of replies) {
      // In RESP3 it says what kind of text it is.
      const verbatim = reply[0] === EQUALS;
      if ((reply[0] !== DOLLAR && !verbatim) || reply[1] === MINUS) return WRONG_TYPE;
      const from = reply.indexOf(LF) + 1 + (verbatim ? KIND_BYTES : 0);
      addReply(reply.toString('latin1', from, reply.length - 2), section, byName);
    }
    const text = written(fields, byName);
    return Buffer.from(`$${text.length}\r\n${text}\r\n`, 'latin1');
  });
}
const MINUS = 45;
const LF = 10;

function makeFields(wanted: string): Field[] {
  const fields: Field[] = [];
  for (const [section, names] of FIELDS) {
    if (wanted !== '' && wanted !== asciiLower(section)) continue;
    let before = '';
    for (const word of names.split(' ')) {
      const [, name, how = '', value = ''] = FIELD.exec(word)!;
      const of = how === '~' ? value || before : '';
      fields.push({
        section,
        name,
        how: how === '=' && value !== '' ? '!' : how,
        of,
        number: 0n,
        text: how === '=' ? value : '',
      });
      before = name;
    }
  }
  return fields;
}

function addReply(reply: string, wanted: string, byName: ReadonlyMap<string, Field>): void {
  let section = '';
  for (const raw of reply.split('\n')) {
    const line = trimOws(raw.endsWith('\r') ? raw.slice(0, -1) : raw);
    if (line[0] === '#') section = asciiLower(trimOws(line.slice(1)));
    else if (line !== '' && (wanted === '' || wanted === section)) addLine(line, byName);
  }
}

function addLine(line: string, byName: ReadonlyMap<string, Field>): void {
  const colon = line.indexOf(':');
  const field = byName.get(colon < 0 ? line : line.slice(0, colon));
  if (field === undefined) return;
  const value = colon < 0 ? '' : line.slice(colon + 1);
  if (field.how === '=') {
    if (field.text === '') field.text = value;
  } else if (field.how === '@') {
    field.text = addKeyspace(field.text, value);
  } else if (field.how === '' || field.how === '^') {
    const n = integer(value);
    if (field.how === '') field.number = BigInt.asIntN(64, field.number + n);
    else if (n > field.number) field.number = n;
  }
}

/** 0 for what is none. */
function integer(value: string): bigint {
  const text = trimOws(value);
  const n = INTEGER.test(text) ? BigInt(text.replace('+', '')) : 0n;
  return n > LARGEST || n < -LARGEST - 1n ? 0n : n;
}

/** `keys=1,expires=2,avg_ttl=3`; of the times to live the middle between what was and what is. */
function addKeyspace(before: string, now: string): string {
  const [a, b] = [keyspace(before), keyspace(now)];
  return `keys=${a.keys + b.keys},expires=${a.expires + b.expires},avg_ttl=${(a.ttl + b.ttl) / 2n}`;
}

function keyspace(text: string): { keys: bigint; expires: bigint; ttl: bigint } {
  const of = new Map(text.split(',').map((pair) => pair.split('=', 2) as [string, string | undefined]));
  const number = (name: string): bigint => integer(of.get(name) ?? '');
  return { keys: number('keys'), expires: number('expires'), ttl: number('avg_ttl') };
}

function written(fields: readonly Field[], byName: ReadonlyMap<string, Field>): string {
  let text = '';
  let section = '';
  for (const f of fields) {
    const value =
      f.how === '' || f.how === '^' ? `${f.number}` : f.how === '~' ? human(byName.get(f.of)!.number) : f.text;
    if (value === '') continue;
    if (f.section !== section) {
      text += `${section === '' ? '' : '\r\n'}# ${f.section}\r\n`;
      section = f.section;
    }
    text += `${f.name}:${value}\r\n`;
  }
  return text;
}

/** As Redis writes bytes; nothing for none. */
function human(bytes: bigint): string {
  if (bytes <= 0n) return '';
  if (bytes < 1024n || bytes >= BEYOND_UNITS) return `${bytes}B`;
  let n = Number(bytes) / 1024;
  let unit = 0;
  for (; n >= 1024; unit++) n /= 1024;
  return `${n.toFixed(2)}${UNITS[unit]}`;
}
