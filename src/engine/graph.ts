import { PrivlinkError, exits } from '../errors.ts'
import { agree, factRef, madeOf, needsOf, type Ref, type Refs } from './ref.ts'
import type { AnyStep, Step } from './step.ts'

/** A step with its inputs and account. */
export interface Node<Aws, Probe> {
  key: string
  article: string
  step: AnyStep<Aws, Probe>
  account: string
  inputs: Record<string, unknown>
  /** Keys of the nodes that the inputs refer to, with `@made` where a created node is enough. */
  needs: string[]
  integrations: string[]
  /** Keys of nodes that stay until this one has gone, although it can be created without them. */
  holds: string[]
  /** The id of an existing thing that the config names for this node. */
  adopt: string | undefined
}

/** All nodes of a run, by key, in the order in which the flows added them. */
export type Graph<Aws, Probe> = ReadonlyMap<string, Node<Aws, Probe>>

/** A node as a flow sees it: its key, and refs to its facts. */
export interface NodeHandle<F> {
  key: string
  /** Its facts once it is ready. */
  facts: { readonly [K in keyof F]: Ref<F[K]> }
  /** Its facts as soon as it has been created, for nodes that may begin while it is still getting ready. */
  made: { readonly [K in keyof F]: Ref<F[K]> }
}

/** Adds the nodes of one integration to the graph, or nodes that several integrations share. */
export interface GraphBuilder<Aws, Probe> {
  /**
   * Adds a node. `article` is its number in the article, `name` is unique within the integration, `account` the name
   * of the account in the config, `adopt` the id of an existing thing that the config names for it.
   *
   * @throws PrivlinkError SharedInputsDisagree when two integrations want different things of a node they share.
   */
  step<I extends object, F extends object>(
    article: string,
    name: string,
    step: Step<Aws, I, F, Probe>,
    account: string,
    inputs: Refs<NoInfer<I>>,
    adopt?: string,
  ): NodeHandle<F>
  /** Keeps `held` at removal until `holder` has gone, although `holder` does not wait for it to be created. */
  hold(holder: { key: string }, held: { key: string }): void
  /** The handle of a node that this builder adds under `name`, for those who refer to it before it is added. */
  handle<I extends object, F extends object>(name: string, step: Step<Aws, I, F, Probe>): NodeHandle<F>
  /** A builder for nodes that several integrations share, under a key of their own. */
  shared(scope: string): GraphBuilder<Aws, Probe>
}

/** An empty graph and the builders that fill it. `adopt` maps node keys to ids of existing things. */
export function startGraph<Aws, Probe>(adopt: Readonly<Record<string, string>> = {}) {
  const graph = new Map<string, Node<Aws, Probe>>()
  const builder = (integration: string, scope: string): GraphBuilder<Aws, Probe> => ({
    step: (article, name, step, account, inputs, adopted) => {
      const key = `${scope}/${name}`
      const node: Node<Aws, Probe> = {
        key,
        article,
        // The engine gives a step exactly the inputs that were written for it here; only the loops in between forget
        // the types.
        step: step as unknown as AnyStep<Aws, Probe>,
        account,
        // Spread, any object is a record of its members.
        inputs: { ...(inputs as Record<string, unknown>) },
        needs: needsOf(inputs),
        integrations: [integration],
        holds: [],
        adopt: adopted ?? adopt[key],
      }
      const present = graph.get(key)
      graph.set(key, present === undefined ? node : merged(present, node))
      return handleOf(key, step)
    },
    hold: (holder, held) => void graph.get(holder.key)?.holds.push(held.key),
    handle: (name, step) => handleOf(`${scope}/${name}`, step),
    shared: (other) => builder(integration, other),
  })
  return { graph, builder: (integration: string) => builder(integration, integration) }
}

const handleOf = <Aws, I extends object, F extends object, Probe>(
  key: string,
  step: Step<Aws, I, F, Probe>,
): NodeHandle<F> => ({ key, facts: factsOf(key, step), made: factsOf(madeOf(key), step) })

function factsOf<Aws, I extends object, F extends object, Probe>(
  need: string,
  step: Step<Aws, I, F, Probe>,
): NodeHandle<F>['facts'] {
  const facts = Object.fromEntries(Object.keys(step.facts.shape).map((fact) => [fact, factRef(need, fact)]))
  // The schema's shape has exactly the members of F.
  return facts as NodeHandle<F>['facts']
}

function merged<Aws, Probe>(a: Node<Aws, Probe>, b: Node<Aws, Probe>): Node<Aws, Probe> {
  const mergedInputs = new Set<string>(a.step.mergedInputs)
  const inputs: Record<string, unknown> = {}
  for (const name of Object.keys({ ...a.inputs, ...b.inputs })) {
    const [left, right] = [a.inputs[name], b.inputs[name]]
    if (!mergedInputs.has(name) && !agree(left, right)) {
      throw new PrivlinkError(
        'SharedInputsDisagree',
        `${a.integrations.join(', ')} and ${b.integrations.join(', ')} share ${a.key} (${a.step.title}) but want a different ${name}`,
        { exit: exits.usage, hint: `Give both integrations the same ${name}, or a network of their own.` },
      )
    }
    inputs[name] = mergedInputs.has(name) ? united(left, right) : left
  }
  return {
    ...a,
    inputs,
    needs: needsOf(inputs),
    integrations: [...new Set([...a.integrations, ...b.integrations])],
    adopt: a.adopt ?? b.adopt,
  }
}

const united = (left: unknown, right: unknown): unknown[] => {
  const all = [...(Array.isArray(left) ? left : []), ...(Array.isArray(right) ? right : [])]
  return all.filter((item, index) => all.findIndex((other) => agree(item, other)) === index)
}
