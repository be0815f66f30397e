// tfjs-core registers no gradients by itself; without them `tf.variableGrads` fails at the first op.
import "@tensorflow/tfjs-core/dist/register_all_gradients";
