import { readFile } from 'node:fs/promises'

/** Every key of the config as tables, one for each object, from its JSON Schema. */
export async function configReference() {
  const schema = JSON.parse(await readFile(new URL('../../schema/config.json', import.meta.url), 'utf8'))
  return sectionsOf('', schema, 'The file')
    .map(({ title, schema, rows }) => {
      const said = schema.description === undefined ? '' : `${schema.description}\n\n`
      return `### ${title}\n\n${said}| key | type | default | meaning |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`
    })
    .join('\n')
}

const isMap = ({ additionalProperties }) => typeof additionalProperties === 'object'
const hasKeys = (schema) => schema.properties !== undefined || schema.oneOf !== undefined

/** An object's own table, then those of the objects in it, in the order of the keys. */
function sectionsOf(path, schema, title = `\`${path}\``) {
  if (schema.oneOf !== undefined) return alternatives(path, schema, title)
  const keys = Object.entries(schema.properties)
  const rows = keys.map(([key, value]) => row(path, key, value, schema.required?.includes(key)))
  return [{ title, schema, rows }, ...keys.flatMap(([key, value]) => inner(below(path, key), value))]
}

/**
 * Objects that are told apart by `flow`: what several of them have first, then what each has of its own. Where one has
 * something else by a name that the others share, its tables say whose they are.
 */
function alternatives(path, { oneOf: variants, ...schema }, title) {
  const [first] = variants
  const sharing = (key, value) => variants.filter(({ properties }) => same(properties[key], value)).length
  const isCommon = (key) => first.properties[key] !== undefined && sharing(key, first.properties[key]) > 1
  const isOwn = (key, value) => key !== 'flow' && !(isCommon(key) && same(value, first.properties[key]))
  const keysOf = (variant, wanted) =>
    Object.fromEntries(Object.entries(variant.properties).filter(([key, value]) => wanted(key, value)))
  const flow = {
    type: 'string',
    enum: variants.map(({ properties }) => properties.flow.const),
    description: 'Which system of the article this is an instance of.',
  }
  const common = { ...schema, properties: { flow, ...keysOf(first, isCommon) }, required: first.required }
  return [
    ...sectionsOf(path, common, title),
    ...variants.flatMap((variant) => {
      const { const: name, description } = variant.properties.flow
      const own = { ...variant, description, properties: keysOf(variant, isOwn) }
      const clashes = Object.keys(own.properties).some(isCommon)
      return sectionsOf(clashes ? `${path} (${name})` : path, own, `${title} with \`flow: ${name}\``)
    }),
  ]
}

/** The tables of what a key holds. */
function inner(path, value) {
  if (value.properties !== undefined) return sectionsOf(path, value)
  if (isMap(value) && hasKeys(value.additionalProperties)) {
    const { description } = value
    return sectionsOf(`${path}.<name>`, { description, ...value.additionalProperties })
  }
  if (value.items?.properties !== undefined)
    return sectionsOf(`${path}[]`, { description: value.description, ...value.items })
  const either = (value.items ?? value).anyOf?.filter(({ properties }) => properties !== undefined) ?? []
  if (either.length === 0) return []
  const properties = {}
  for (const one of either) {
    for (const [key, value] of Object.entries(one.properties)) properties[key] = eitherOf(properties[key], value)
  }
  const required = Object.keys(properties).filter((key) => either.every((one) => one.required?.includes(key) === true))
  return sectionsOf(value.items ? `${path}[]` : path, { description: value.description, properties, required })
}

/** What a key may hold that two forms of an object have, each in its own way. */
function eitherOf(one, other) {
  if (one === undefined || same(one, other)) return other
  return { anyOf: [one, other], description: `${one.description} Or: ${other.description}` }
}

function row(path, key, value, required) {
  const standard = value.default === undefined || same(value.default, {}) ? '–' : `\`${JSON.stringify(value.default)}\``
  const cells = [
    `\`${key}\``,
    typeOf(value, below(path, key)),
    required ? 'required' : standard,
    value.description ?? '',
  ]
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}

function typeOf(value, path) {
  if (value.const !== undefined) return `\`${value.const}\``
  if (value.enum !== undefined) return value.enum.map((one) => `\`${one}\``).join(', ')
  if (value.type === 'array') {
    const { items } = value
    const isPlain = items.anyOf === undefined && items.properties === undefined
    return isPlain ? `list of ${typeOf(items)}` : `list of [these](#${anchorOf(`${path}[]`)})`
  }
  if (value.anyOf !== undefined) return [...new Set(value.anyOf.map((one) => typeOf(one, path)))].join(' or ')
  if (value.properties !== undefined) return `[keys](#${anchorOf(path)})`
  if (isMap(value)) {
    return hasKeys(value.additionalProperties) ? `map of [these](#${anchorOf(`${path}.<name>`)})` : 'map'
  }
  const { minimum, maximum } = value
  const bounded = Math.abs(maximum ?? Infinity) < Number.MAX_SAFE_INTEGER
  if (value.type === 'integer') return bounded ? `integer ${minimum}–${maximum}` : `integer from ${minimum}`
  return value.type
}

const below = (path, key) => (path === '' ? key : `${path}.${key}`)

/** GitHub's anchor of a heading. */
const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .replaceAll(' ', '-')

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b)
