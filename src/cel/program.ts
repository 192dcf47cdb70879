/** An expression, ready to be asked: a closure a node. What it costs is bounded by its size: nothing in it repeats. Mirrors cel-cpp's evaluator. */
import { type Attributes, type Finder, inRoot } from './attributes.ts';
import { type Expression, MAX_DEPTH } from './expression.ts';
import { compilePattern, type FunctionRow, finds, type RegexSource } from './functions.ts';
import { MapLiteral, MapValue, Message, TYPES, type Value } from './values.ts';

export interface ProgramBuild {
  readonly functions: ReadonlyMap<string, FunctionRow>;
  readonly attributes: Attributes;
  readonly regexes: RegexSource;
}

/** Throws Envoy's sentence for what cannot be built. */
export function compileExpression(e: Expression, build: ProgramBuild, depth = 0): Finder {
  if (depth > MAX_DEPTH) throw new Error(`failed to create an expression: nested more than ${MAX_DEPTH} deep`);
  const of = (inner: Expression): Finder => compileExpression(inner, build, depth + 1);
  switch (e.kind) {
    case 'constant': {
      const { value } = e;
      return () => value;
    }
    case 'name':
      return nameFinder(e.name, build);
    case 'field':
      return e.test ? tested(of(e.operand), e.field) : fieldFinder(e.operand, e.field, build, of);
    case 'list': {
      const items = e.items.map(of);
      return (c) => {
        const list = items.map((item) => item(c));
        return list.includes(undefined) ? undefined : (list as Value[]);
      };
    }
    case 'map': {
      const entries = e.entries.map(([key, value]) => [of(key), of(value)] as const);
      return (c) => {
        const pairs: [Value, Value][] = [];
        for (const [key, value] of entries) {
          const k = key(c);
          const v = value(c);
          if (k === undefined || v === undefined) return undefined;
          pairs.push([k, v]);
        }
        return MapLiteral.of(pairs);
      };
    }
    default:
      return callFinder(e, build, of);
  }
}

function nameFinder(name: string, { attributes }: ProgramBuild): Finder {
  const type = TYPES.get(name);
  if (type !== undefined) return () => type;
  return attributes.root(name) ?? (() => undefined);
}

/** Of one of the attributes' roots a field is found without the root. */
function fieldFinder(operand: Expression, field: string, build: ProgramBuild, of: (e: Expression) => Finder): Finder {
  const direct = operand.kind === 'name' ? inRoot(build.attributes, operand.name, field) : undefined;
  if (direct !== undefined) return direct;
  const inner = of(operand);
  return (c) => {
    const v = inner(c);
    if (v instanceof MapValue) return v.get(field);
    return v instanceof Message ? v.field(field)?.value : undefined;
  };
}

function tested(inner: Finder, field: string): Finder {
  return (c) => {
    const v = inner(c);
    if (v instanceof MapValue) return v.get(field) !== undefined;
    return v instanceof Message ? v.field(field)?.present : undefined;
  };
}

function callFinder(
  e: Expression & { readonly kind: 'call' },
  build: ProgramBuild,
  of: (e: Expression) => Finder,
): Finder {
  const { name, target, args } = e;
  if (target === null) {
    if (args.length < 2 && (name === '_&&_' || name === '_||_')) {
      throw new Error('failed to create an expression: Invalid argument count for a binary function call.');
    }
    if (name === '_&&_' && args.length > 1) return logical(args.map(of), false);
    if (name === '_||_' && args.length > 1) return logical(args.map(of), true);
    if (name === '_?_:_' && args.length === 3) return conditional(args.map(of));
    if (name === '_[_]' && args.length === 2 && args[1].kind === 'constant' && args[0].kind === 'name') {
      const { value } = args[1];
      const direct = typeof value === 'string' ? inRoot(build.attributes, args[0].name, value) : undefined;
      if (direct !== undefined) return direct;
    }
  }
  const full = target === null ? null : qualified(target);
  const global = full === null ? undefined : build.functions.get(`${full}.${name}/${args.length}`);
  const all = target === null || global !== undefined ? args : [target, ...args];
  const row = global ?? build.functions.get(`${name}/${all.length}`);
  if (row === undefined || !(global !== undefined || target === null ? row.global : row.method)) {
    throw new Error(`failed to create an expression: No overload found in reference resolve step for ${name}`);
  }
  if (name === 'matches' && all[1].kind === 'constant' && typeof all[1].value === 'string') {
    const regex = compilePattern(Buffer.from(all[1].value, 'latin1').toString('utf8'), build.regexes);
    const subject = of(all[0]);
    return (c) => {
      const v = subject(c);
      return typeof v === 'string' ? finds(regex, v) : undefined;
    };
  }
  return applied(row, all.map(of));
}

/** `re` of re.extract: a name, or names with points. */
function qualified(e: Expression): string | null {
  if (e.kind === 'name') return e.name;
  if (e.kind !== 'field' || e.test) return null;
  const outer = qualified(e.operand);
  return outer === null ? null : `${outer}.${e.field}`;
}

function applied({ call }: FunctionRow, args: readonly Finder[]): Finder {
  if (args.length === 2) {
    const [first, second] = args;
    return (c) => {
      const a = first(c);
      const b = second(c);
      return a === undefined || b === undefined ? undefined : call([a, b]);
    };
  }
  return (c) => {
    const values: Value[] = [];
    for (const arg of args) {
      const v = arg(c);
      if (v === undefined) return undefined;
      values.push(v);
    }
    return call(values);
  };
}

/** One operand that is `decides` decides, whatever the others are; else all must be bools. */
function logical(operands: readonly Finder[], decides: boolean): Finder {
  return (c) => {
    let sound = true;
    for (const operand of operands) {
      const v = operand(c);
      if (v === decides) return decides;
      if (typeof v !== 'boolean') sound = false;
    }
    return sound ? !decides : undefined;
  };
}

function conditional([condition, yes, no]: readonly Finder[]): Finder {
  return (c) => {
    const v = condition(c);
    return v === true ? yes(c) : v === false ? no(c) : undefined;
  };
}
