export type { Checked } from './task.js';
export {
  openTransformer,
  type Transformed,
  type Transformer,
  type TransformerLimits,
  usualLimits,
} from './transformer.js';
