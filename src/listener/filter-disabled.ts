/**
 * filter_disabled of a listener filter: sockets that it has nothing to do with. Mirrors
 * source/common/network/filter_matcher.cc. Loaded for filters that have one.
 */
import type { ListenerFilterChainMatchPredicate } from '../config/schema/types.ts';
import type { ListenerFilterFactory, PeekedSocket } from './listener-filter.ts';

type Predicate = (socket: PeekedSocket) => boolean;

export function unlessDisabled(
  factory: ListenerFilterFactory,
  config: ListenerFilterChainMatchPredicate,
): ListenerFilterFactory {
  const disabled = predicate(config);
  return { name: factory.name, create: (socket) => (disabled(socket) ? null : factory.create(socket)) };
}

function predicate(config: ListenerFilterChainMatchPredicate): Predicate {
  const { orMatch, andMatch, notMatch, anyMatch, destinationPortRange } = config;
  if (orMatch !== undefined) {
    const any = (orMatch.rules ?? []).map(predicate);
    return (socket) => any.some((test) => test(socket));
  }
  if (andMatch !== undefined) {
    const all = (andMatch.rules ?? []).map(predicate);
    return (socket) => all.every((test) => test(socket));
  }
  if (notMatch !== undefined) {
    const test = predicate(notMatch);
    return (socket) => !test(socket);
  }
  if (destinationPortRange !== undefined) {
    const { start = 0, end = 0 } = destinationPortRange;
    return (socket) => {
      const { path, port } = socket.info.localAddress ?? socket.localAddress;
      return path === '' && port >= start && port < end;
    };
  }
  return () => anyMatch === true;
}
