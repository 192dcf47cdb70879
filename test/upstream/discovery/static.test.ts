import { conforms } from './conformance.ts';

conforms('STATIC');
