/** What an event loop tells the control plane of hosts, which decides for all of them: data, since with workers it crosses threads. */

export type ClusterReport =
  /** A host has said in an answer that it is not healthy. */
  | { readonly kind: 'immediateFailure'; readonly cluster: string; readonly host: number }
  /** Its hosts have moved: whoever finds them looks again. */
  | { readonly kind: 'moved'; readonly cluster: string };
