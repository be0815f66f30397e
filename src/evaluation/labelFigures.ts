/** How one label did. */
export interface LabelScore {
  readonly label: string;
  /** Places that have it. */
  readonly support: number;
  /** Places that were given it. */
  readonly predicted: number;
  readonly right: number;
  /** right / predicted; 0 where nothing was. */
  readonly precision: number;
  /** right / support; 0 where there is none. */
  readonly recall: number;
  /** 2·precision·recall / (precision + recall); 0 where both are. */
  readonly f1: number;
}

/** How often what was taken for what. */
export interface Confusion {
  readonly label: string;
  readonly predicted: string;
  readonly count: number;
}

export interface LabelFigures {
  /** Units or texts that were labelled. */
  readonly count: number;
  readonly right: number;
  readonly accuracy: number;
  /** Mean of F1 over the labels that occur, each weighing the same. */
  readonly macroF1: number;
  /** The labels that occur or were given, in order of support. */
  readonly labels: readonly LabelScore[];
  /** Every pair that occurs, right ones too, in order of count. */
  readonly confusion: readonly Confusion[];
}

/** Counts what was right; a label that the model does not have can only be wrong. */
export class LabelTally {
  readonly #pairs = new Map<string, Map<string, number>>();

  public note(label: string, predicted: string): void {
    const row = this.#pairs.get(label) ?? new Map<string, number>();
    row.set(predicted, (row.get(predicted) ?? 0) + 1);
    this.#pairs.set(label, row);
  }

  public figures(): LabelFigures {
    const confusion = [...this.#pairs]
      .flatMap(([label, row]) => [...row].map(([predicted, count]) => ({ label, predicted, count })))
      .sort((a, b) => b.count - a.count);
    const count = confusion.reduce((sum, pair) => sum + pair.count, 0);
    const right = confusion.reduce((sum, pair) => sum + (pair.label === pair.predicted ? pair.count : 0), 0);
    const names = new Set(confusion.flatMap(({ label, predicted }) => [label, predicted]));
    const labels = [...names].map((name) => scoreOf(name, confusion)).sort((a, b) => b.support - a.support);
    const occurring = labels.filter(({ support }) => support > 0);
    return {
      count,
      right,
      accuracy: right / Math.max(count, 1),
      macroF1: occurring.reduce((sum, { f1 }) => sum + f1, 0) / Math.max(occurring.length, 1),
      labels,
      confusion,
    };
  }
}

function scoreOf(label: string, confusion: readonly Confusion[]): LabelScore {
  const total = (isCounted: (pair: Confusion) => boolean): number =>
    confusion.filter(isCounted).reduce((sum, pair) => sum + pair.count, 0);
  const support = total((pair) => pair.label === label);
  const predicted = total((pair) => pair.predicted === label);
  const right = total((pair) => pair.label === label && pair.predicted === label);
  const precision = right / Math.max(predicted, 1);
  const recall = right / Math.max(support, 1);
  const f1 = right === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { label, support, predicted, right, precision, recall, f1 };
}
