/** %CEL(expression)% and %TYPED_CEL(expression)%: what an expression comes to (source/extensions/formatter/cel). */
import { fromWire } from '../platform/wire-text.ts';
import { type CelProgram, celCompiler } from './cel-programs.ts';
import type { FormatBuild } from './format-context.ts';
import { cut, type OperatorRows } from './operator-rows.ts';

function program(argument: string, build: FormatBuild): CelProgram {
  return celCompiler().ofText(fromWire(argument) ?? argument, build, build.celOptions);
}

export const CEL_OPERATORS: OperatorRows = {
  CEL: {
    make: (argument, length, build) => {
      const made = program(argument, build);
      return (c) => cut(made.text(c), length);
    },
  },
  TYPED_CEL: {
    make: (argument, length, build) => {
      const made = program(argument, build);
      return (c) => made.typed(c, length);
    },
  },
};
