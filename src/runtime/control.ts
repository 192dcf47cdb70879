/**
 * The layers of the bootstrap's `layered_runtime`, in the main thread: what they say together is told to every event loop whenever a disk layer's
 * link is moved or POST /runtime_modify changes something. Role of Runtime::LoaderImpl (source/common/runtime/runtime_impl.cc).
 */
import { basename, dirname } from 'node:path';
import { refuse } from '../config/refusal.ts';
import type { LayeredRuntime, RuntimeLayer } from '../config/schema/types.ts';
import { logger } from '../log/logger.ts';
import { FileWatch } from '../process/file-watch.ts';
import type { Counter, Gauge, Scope } from '../stats/store.ts';
import { AdminLayer, diskLayer, type Layer, staticLayer } from './layers.ts';
import type { RuntimeEntries, RuntimeEntry } from './runtime.ts';

const log = logger('runtime');

/** What /runtime shows. */
export interface RuntimeDump {
  readonly layers: readonly string[];
  readonly entries: readonly {
    readonly key: string;
    readonly finalValue: string;
    readonly layerValues: readonly string[];
  }[];
}

export interface RuntimeOwner {
  /** `runtime.` */
  readonly scope: Scope;
  readonly serviceCluster: string;
  /** To all event loops. */
  readonly tell: (entries: RuntimeEntries) => void;
}

export class RuntimeControl {
  private readonly config: readonly RuntimeLayer[];
  private readonly owner: RuntimeOwner;
  /** Read once; null for those that are read with every load. */
  private readonly fixed: readonly (Layer | null)[];
  private readonly admin: AdminLayer | null;
  private layers: readonly Layer[] = [];
  /** By name: what was read last, which stays while a folder cannot be read. */
  private readonly read = new Map<string, Layer>();
  private readonly stats: RuntimeStats;
  private watch: FileWatch | null = null;

  /** Throws Envoy's sentences for what the config gets wrong. Nothing is told before `start`. */
  constructor(config: LayeredRuntime, owner: RuntimeOwner) {
    this.config = config.layers ?? [];
    this.owner = owner;
    this.stats = new RuntimeStats(owner.scope);
    const names = new Set<string>();
    let admin: AdminLayer | null = null;
    this.fixed = this.config.map((layer) => {
      const { name = '', adminLayer, staticLayer: values } = layer;
      if (names.has(name)) refuse(layer, 'name', `Duplicate layer name: ${name}`);
      names.add(name);
      if (adminLayer !== undefined) {
        if (admin !== null) {
          refuse(
            layer,
            'admin_layer',
            'Too many admin layers specified in LayeredRuntime, at most one may be specified',
          );
        }
        admin = new AdminLayer(name);
        return admin;
      }
      return values === undefined ? null : staticLayer(layer);
    });
    this.admin = admin;
    for (const layer of this.config) this.watchFor(layer);
    this.load();
  }

  private watchFor({ diskLayer: disk }: RuntimeLayer): void {
    if (disk === undefined) return;
    const { symlinkRoot = '' } = disk;
    if (symlinkRoot === '') refuse(disk, 'symlink_root', 'invalid file path');
    this.watch ??= new FileWatch(() => this.load());
    try {
      this.watch.add(dirname(symlinkRoot), basename(symlinkRoot));
    } catch (error) {
      this.close();
      const reason =
        (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'No such file or directory' : (error as Error).message;
      refuse(disk, 'symlink_root', `unable to add filesystem watch for file ${symlinkRoot}: ${reason}`, { here: true });
    }
  }

  /** Once more when all is built, as Envoy does. */
  start(): void {
    this.load();
  }

  private load(): void {
    let disks = 0;
    let failed = false;
    const layers: Layer[] = [];
    this.config.forEach((config, i) => {
      const fixed = this.fixed[i];
      if (fixed !== null) {
        layers.push(fixed);
        return;
      }
      const { name = '', diskLayer: disk } = config;
      if (disk === undefined) return;
      const { symlinkRoot = '', subdirectory = '', appendServiceCluster = false } = disk;
      const path = `${symlinkRoot}/${subdirectory}${appendServiceCluster ? `/${this.owner.serviceCluster}` : ''}`;
      let layer: Layer | null;
      try {
        layer = diskLayer(name, path);
      } catch (error) {
        failed = true;
        layer = this.read.get(name) ?? null;
        const kept = layer === null ? 'it is left out' : 'it stays as it was';
        log.error(`error loading runtime values for layer ${name} from disk: ${(error as Error).message}; ${kept}`);
      }
      if (layer === null) {
        this.read.delete(name);
        return;
      }
      this.read.set(name, layer);
      disks++;
      layers.push(layer);
    });
    this.layers = layers;
    this.stats.loaded(layers.length, failed, disks > 1);
    this.publish();
  }

  private publish(): void {
    const entries = new Map<string, RuntimeEntry>();
    for (const layer of this.layers) for (const [key, entry] of layer.entries) entries.set(key, entry);
    this.stats.numKeys.set(entries.size);
    this.owner.tell(entries);
  }

  /** POST /runtime_modify. False where there is no admin layer; throws, with nothing changed, for what cannot be taken. */
  modify(values: ReadonlyMap<string, string>): boolean {
    if (this.admin === null) return false;
    this.admin.merge(values);
    this.stats.overridden.set(this.admin.entries.size === 0 ? 0 : 1);
    this.load();
    return true;
  }

  get dump(): RuntimeDump {
    const keys = new Set(this.layers.flatMap((l) => [...l.entries.keys()]));
    const entries = [...keys].map((key) => {
      const layerValues = this.layers.map((l) => l.entries.get(key)?.raw ?? '');
      // The last layer that has the key, be it with an empty text.
      const last = this.layers.findLast((l) => l.entries.has(key));
      return { key, finalValue: last?.entries.get(key)?.raw ?? '', layerValues };
    });
    return { layers: this.layers.map((l) => l.name), entries };
  }

  close(): void {
    this.watch?.close();
    this.watch = null;
  }
}

/** ALL_RUNTIME_STATS. */
class RuntimeStats {
  readonly numKeys: Gauge;
  readonly overridden: Gauge;
  private readonly numLayers: Gauge;
  private readonly success: Counter;
  private readonly error: Counter;
  private readonly overrideDir: Counter;
  private readonly noOverrideDir: Counter;

  constructor(scope: Scope) {
    this.numKeys = scope.gauge('num_keys');
    this.numLayers = scope.gauge('num_layers');
    this.overridden = scope.gauge('admin_overrides_active');
    this.success = scope.counter('load_success');
    this.error = scope.counter('load_error');
    this.overrideDir = scope.counter('override_dir_exists');
    this.noOverrideDir = scope.counter('override_dir_not_exists');
    scope.counter('deprecated_feature_use');
    scope.gauge('deprecated_feature_seen_since_process_start');
  }

  loaded(layers: number, failed: boolean, overrides: boolean): void {
    this.numLayers.set(layers);
    (failed ? this.error : this.success).inc();
    (overrides ? this.overrideDir : this.noOverrideDir).inc();
  }
}
