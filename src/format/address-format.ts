/** An address without its port, or the network that it is in: `%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(24)%`. */

import { maskedIP } from '../platform/ip.ts';

/** `isIp`: anything else is the path of a socket, which has no network. */
export type AddressForm = (address: string, isIp: boolean) => string | undefined;

export function addressWithoutPort(argument: string): AddressForm {
  if (argument === '') return (address) => address;
  const bits = /^\d{1,3}$/.test(argument) ? Number(argument) : -1;
  return (address, isIp) => {
    if (bits < 0) return address;
    return isIp ? maskedIP(address, bits) : undefined;
  };
}
