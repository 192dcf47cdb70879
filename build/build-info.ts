/** What `--version` says of the sources: `<commit>/<version>/<Clean|Modified|Distribution>/…`, as Envoy's builds do. */
import { execFileSync } from 'node:child_process';

export interface BuildInfo {
  /** 40 digits; zeros where nobody knows. */
  readonly commit: string;
  /** Clean and Modified are git's word; Distribution: built without a repository. */
  readonly status: 'Clean' | 'Modified' | 'Distribution';
}

/** `told`: the commit where there is no repository to ask, as in an image's build. Throws when that is no commit. */
export function buildInfo(root: string, told = process.env.ENVOYLET_COMMIT ?? ''): BuildInfo {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const commit = git('rev-parse', 'HEAD');
    // A package below somebody else's repository has a commit that is not its own.
    if (git('ls-files', 'build/bundle.ts') !== '') {
      const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
      return { commit, status: changed ? 'Modified' : 'Clean' };
    }
  } catch {
    // No git, no repository, or no commit.
  }
  if (told !== '' && !/^[0-9a-f]{40}$/.test(told)) throw new Error(`ENVOYLET_COMMIT is no commit: ${told}`);
  return { commit: told || '0'.repeat(40), status: 'Distribution' };
}
