/**
 * Access control by a tree of matchers: its actions are the decisions, and what none matches is turned away. Mirrors
 * RoleBasedAccessControlMatcherEngineImpl (source/extensions/filters/common/rbac/engine_impl.cc).
 */
import { refuse, refuseUnregistered } from '../../config/refusal.ts';
import type { Action, Any, DynamicMetadataInput, XdsMatcher } from '../../config/schema/types.ts';
import { memberOf } from '../../config/struct.ts';
import { type CelSite, celMatcherProgram } from '../../format/cel-programs.ts';
import { toWire } from '../../platform/wire-text.ts';
import type { RegexCompiler } from '../headers/regex.ts';
import { FILTER_STATE, filterStateInput, headerInput, REQUEST_HEADER } from '../route/match-inputs.ts';
import { compileMatchTree, type MatchInput, type MatchTree, type TypedConfig } from '../route/match-tree.ts';
import { celContext, type Decision, type RbacDecider, type Subject } from './rbac-engine.ts';

const NETWORK = 'envoy.extensions.matching.common_inputs.network.v3.';
const SSL = 'envoy.extensions.matching.common_inputs.ssl.v3.';
const ACTION = 'envoy.config.rbac.v3.Action';

const NOTHING: Any = { typeUrl: '', value: {} };

type Input = MatchInput<Subject, null>;

const some = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
const port = (n: number | undefined): string | undefined => (n === undefined ? undefined : String(n));

const INPUTS: Readonly<Record<string, Input>> = {
  [`${NETWORK}DestinationIPInput`]: (s) => some(s.connection?.localAddress.ip),
  [`${NETWORK}DestinationPortInput`]: (s) => port(s.connection?.localAddress.port),
  [`${NETWORK}SourceIPInput`]: (s) => some(s.connection?.remoteAddress.ip),
  [`${NETWORK}SourcePortInput`]: (s) => port(s.connection?.remoteAddress.port),
  [`${NETWORK}DirectSourceIPInput`]: (s) => some(s.connection?.directRemoteAddress.ip),
  [`${NETWORK}ServerNameInput`]: (s) => some(s.connection?.socketInfo?.serverName),
  [`${SSL}UriSanInput`]: (s) => some(s.connection?.security?.tls?.peer?.uris.join(',')),
  [`${SSL}DnsSanInput`]: (s) => some(s.connection?.security?.tls?.peer?.dnsNames.join(',')),
  [`${SSL}SubjectInput`]: (s) => some(s.connection?.security?.tls?.peer?.subject),
};

function input(config: TypedConfig): Input {
  const { typedConfig = NOTHING } = config;
  const type = typedConfig.typeUrl;
  if (Object.hasOwn(INPUTS, type)) return INPUTS[type];
  if (type === REQUEST_HEADER) {
    const read = headerInput(typedConfig);
    return (s) => read(s.request);
  }
  if (type === FILTER_STATE) {
    const read = filterStateInput(typedConfig);
    return (s) => read(s.info);
  }
  if (type === `${NETWORK}DynamicMetadataInput`) return metadataInput(typedConfig.value as DynamicMetadataInput);
  return refuseUnregistered(config);
}

/** Of a connection whose first bytes have come. */
function connectionInput(config: TypedConfig): Input {
  const type = config.typedConfig?.typeUrl ?? '';
  if (type !== FILTER_STATE && !Object.hasOwn(INPUTS, type)) {
    const message = `RBAC network filter cannot match 'type.googleapis.com/${type}'`;
    refuse(config, '', `requirement violation while creating RBAC match tree: INVALID_ARGUMENT: ${message}`);
  }
  return input(config);
}

/** A text in it; anything else is none. */
function metadataInput({ filter = '', path = [] }: DynamicMetadataInput): Input {
  const keys = path.map(({ key = '' }) => key);
  return ({ info }) => {
    const value = memberOf(info.dynamicMetadata(filter), keys);
    return typeof value === 'string' ? toWire(value) : undefined;
  };
}

function action(config: TypedConfig): Action {
  const { typedConfig } = config;
  if (typedConfig?.typeUrl === ACTION) return typedConfig.value as Action;
  return refuseUnregistered(config);
}

export class RbacTree implements RbacDecider {
  private readonly tree: MatchTree<Action, Subject, null>;

  /** Logs are told of what matches: where a tree has something for them. */
  private readonly tells: boolean;

  /** `ofRequests`: what it looks at may be a request's. */
  constructor(matcher: XdsMatcher, regex: RegexCompiler, site: CelSite, shadow: boolean, ofRequests = true) {
    let logs = false;
    const noting = (config: TypedConfig): Action => {
      const found = action(config);
      logs ||= found.action === 'LOG';
      return found;
    };
    this.tree = compileMatchTree<Action, Subject, null>(matcher, {
      regex,
      cel: (expression) => {
        const program = celMatcherProgram(expression, site);
        return (s) => program.matches(celContext(s));
      },
      input: ofRequests ? input : connectionInput,
      action: noting,
    });
    this.tells = logs && !shadow;
  }

  decide(s: Subject): Decision {
    const found = this.tree(s, null);
    if (found === null) return { allowed: false, policy: '' };
    const { name = '', action: verdict = 'ALLOW' } = found;
    if (this.tells) s.info.addMetadata('envoy.common', { access_log_hint: verdict === 'LOG' });
    return { allowed: verdict !== 'DENY', policy: name };
  }
}
