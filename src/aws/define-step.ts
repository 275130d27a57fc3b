import type { AnyStep, Step } from '../engine/step.ts'
import type { Aws } from './aws.ts'
import type { Action, NamedThings, Permissions } from './permissions/permission.ts'
import type { Probe } from './vantage.ts'

/** Inputs as a flow writes them: values of the config, and references to things that are not known yet. */
type Written<I> = Readonly<Partial<Record<keyof I, unknown>>>

/** A step on AWS: the engine's step, with the permissions that it asks of the account's role. */
export type AwsStep<I extends object, F extends object> = Step<Aws, I, F, Probe> & {
  permissions: Permissions
  /** Actions that it never needs with these inputs. */
  unneeded?(inputs: Written<I>): readonly Action[]
  /** Things that its inputs name, to which permissions of the account are narrowed. */
  names?(inputs: Written<I>, region: string): Partial<NamedThings>
}

/** A step of AWS with its types erased. */
export type AnyAwsStep = AnyStep<Aws, Probe> &
  Pick<AwsStep<Record<string, unknown>, Record<string, unknown>>, 'permissions' | 'unneeded' | 'names'>

/** Declares a step on AWS. Inputs are named, all other types are inferred. */
export const defineStep =
  <I extends object>() =>
  <F extends object>(step: AwsStep<I, F>): AwsStep<I, F> =>
    step

/** The texts in an input, of which references are left out. */
export const textsIn = (value: unknown): string[] =>
  [value].flat().flatMap((one): string[] => (typeof one === 'string' ? [one] : []))
