/** What the formats of one connection manager are compiled for. */
import type { FactoryContext } from '../extension/context.ts';
import { type ClientAddress, type FormatBuild, StreamNeeds } from './format-context.ts';

/** `clientAddress`: absent where nobody says whom to take for the client. */
export function formatBuild(ctx: FactoryContext, clientAddress: ClientAddress = () => undefined): FormatBuild {
  const { localInfo, listenerName, filterChainName, listenerMetadata, filterChainMetadata, outbound } = ctx;
  return {
    localInfo,
    clientAddress,
    needs: new StreamNeeds(),
    listenerName,
    filterChainName,
    listenerMetadata,
    filterChainMetadata,
    outbound,
  };
}
