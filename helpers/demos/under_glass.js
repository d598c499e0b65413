// A network under glass: a trained one, as it came from Keras.

import { widget } from "./common.js";
import { NetworkStage } from "./network_stage.js";

class UnderGlass extends NetworkStage {
  static title = "a network under glass";
}

export default widget(UnderGlass);
