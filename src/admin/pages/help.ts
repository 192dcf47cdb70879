/** /help: all commands with their parameters. */
import { helpText } from '../help-text.ts';
import { type AdminResponse, text } from '../respond.ts';

export const page = (): AdminResponse => text(helpText());
