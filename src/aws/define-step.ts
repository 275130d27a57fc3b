import { stepsWith } from '../engine/step.ts'
import type { Aws } from './aws.ts'
import type { Probe } from './vantage.ts'

/** Declares a step that looks and acts through the door to an AWS account. */
export const defineStep = stepsWith<Aws, Probe>()
