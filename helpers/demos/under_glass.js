// A network under glass: a trained one, as it came from Keras.

import { widget } from "./common.js";
import { UnderGlass } from "./glass.js";

export default widget(UnderGlass);
