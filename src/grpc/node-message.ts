/** config.core.v3.Node of this process, for services that are told who speaks (row H94 of docs/behaviour.md). Role of Envoy's LocalInfo::node. */
import type { Node } from '../config/schema/types.ts';
import type { LocalInfo } from '../extension/context.ts';
import { VERSION } from '../version.ts';
import { loadCodec } from './message-codec.ts';

export async function nodeMessage(info: LocalInfo): Promise<Buffer> {
  const [major, minor, patch] = VERSION.split('.').map((n) => Number.parseInt(n, 10));
  const node: Node = {
    ...info.node,
    id: info.nodeId,
    cluster: info.nodeCluster,
    ...((info.node?.locality !== undefined || info.zone !== '') && {
      locality: { ...info.node?.locality, zone: info.zone },
    }),
    userAgentName: 'envoylet',
    userAgentBuildVersion: { version: { majorNumber: major, minorNumber: minor, patch } },
  };
  return (await loadCodec('envoy.config.core.v3.Node')).encode(node);
}
