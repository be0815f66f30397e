/**
 * Names of files and folders that are left out at every depth, whatever the ignore rules say: what version control,
 * package managers, compilers and desktops keep beside the user's own text. Ambiguous names, such as `build`, `dist`
 * or `vendor`, are not here: a `.gitignore` or a setting speaks for them.
 */
export const DEFAULT_EXCLUDED_NAMES: readonly string[] = [
  // Version control
  ".git",
  ".hg",
  ".svn",
  ".bzr",
  ".jj",
  ".sl",
  "_darcs",
  "CVS",
  // Fetched packages
  "node_modules",
  "bower_components",
  "jspm_packages",
  ".yarn",
  ".pnp.cjs",
  ".pnp.loader.mjs",
  ".pnpm-store",
  ".gradle",
  ".m2",
  ".bundle",
  ".terraform",
  // Caches and outputs of tools
  "__pycache__",
  ".mypy_cache",
  ".pytest_cache",
  ".ruff_cache",
  ".ipynb_checkpoints",
  ".tox",
  ".nox",
  ".eggs",
  ".cache",
  ".parcel-cache",
  ".turbo",
  ".next",
  ".nuxt",
  ".svelte-kit",
  ".angular",
  ".nyc_output",
  ".dart_tool",
  ".vs",
  // Desktops
  ".DS_Store",
  "Thumbs.db",
  "desktop.ini",
];

/**
 * Files whose presence says that the folder around them was made by a tool: Python's virtual environments, and cache
 * directories by the tagging specification that backup programs follow (cargo's `target` has the tag, for instance).
 */
export const TOOL_FOLDER_MARKERS: readonly string[] = ["pyvenv.cfg", "CACHEDIR.TAG"];
