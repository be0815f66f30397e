/** Shows each step with the seconds it took, on one line a step. */
export class Progress {
  #write;

  constructor(write = (text) => process.stdout.write(text)) {
    this.#write = write;
  }

  /**
   * Runs one step. `work` gets `note(text)` for a line under the step, and may return
   * `{ summary }`, which is shown behind the seconds.
   */
  async step(title, work) {
    this.#write(`• ${title} …\n`);
    const begin = process.hrtime.bigint();
    const seconds = () => (Number(process.hrtime.bigint() - begin) / 1e9).toFixed(1);
    try {
      const result = await work((text) => this.#write(`    ${text}\n`));
      const summary = result?.summary === undefined ? "" : `: ${result.summary}`;
      this.#write(`✓ ${title} (${seconds()} s)${summary}\n`);
      return result;
    } catch (error) {
      this.#write(`✗ ${title} (${seconds()} s)\n`);
      throw error;
    }
  }

  say(text = "") {
    this.#write(`${text}\n`);
  }
}
