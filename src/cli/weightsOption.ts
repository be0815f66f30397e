import { Option } from "commander";
import { WEIGHTS_CHOICES } from "../protocol/engineMessages.ts";

/** `--weights`: how the decoder holds a network. */
export function weightsOption(): Option {
  return new Option("--weights <kind>", "how the network is held (default: as in the editor)").choices([
    ...WEIGHTS_CHOICES,
  ]);
}
